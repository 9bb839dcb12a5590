//! A forged token is told like none.

use super::code_becomes;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.http-bad-as-none",
        "A forged token is told like none",
        "doors.http-bad-token",
        ReasonCode::WrongValue,
        || code_becomes("AUTH_FAILED", "AUTH_REQUIRED"),
    )
}
