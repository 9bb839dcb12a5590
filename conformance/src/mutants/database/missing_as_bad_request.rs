//! A missing context is 400.

use super::status_of;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.missing-as-bad-request",
        "a missing context is 400",
        "database.required-over-http",
        ReasonCode::WrongStatus,
        || status_of("/api/query", 422, 400),
    )
}
