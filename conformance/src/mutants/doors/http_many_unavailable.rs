//! A connection too many is 503.

use super::status_becomes;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.http-many-unavailable",
        "A connection too many is 503",
        "doors.http-too-many",
        ReasonCode::WrongStatus,
        || status_becomes(429, 503),
    )
}
