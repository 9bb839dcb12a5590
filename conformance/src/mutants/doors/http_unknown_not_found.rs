//! An unknown session is told like an unknown path.

use super::code_becomes;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.http-unknown-not-found",
        "An unknown session is told like an unknown path",
        "doors.http-unknown-session",
        ReasonCode::WrongValue,
        || code_becomes("INVALID_SESSION", "NOT_FOUND"),
    )
}
