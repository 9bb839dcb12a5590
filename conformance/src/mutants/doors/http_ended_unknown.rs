//! An ended session is 404.

use super::status_becomes;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.http-ended-unknown",
        "An ended session is 404",
        "doors.http-ended-session",
        ReasonCode::WrongStatus,
        || status_becomes(410, 404),
    )
}
