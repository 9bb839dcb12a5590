//! An expired token is told like a forged one.

use super::code_becomes;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.http-expired-as-bad",
        "An expired token is told like a forged one",
        "doors.http-expired-token",
        ReasonCode::WrongValue,
        || code_becomes("TOKEN_EXPIRED", "AUTH_FAILED"),
    )
}
