//! A full door is 429.

use super::status_becomes;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.http-full-too-many",
        "A full door is 429",
        "doors.http-full-door",
        ReasonCode::WrongStatus,
        || status_becomes(503, 429),
    )
}
