//! An unknown database is 400.

use super::status_of;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.unknown-as-bad-request",
        "an unknown database is 400",
        "database.unknown-over-http",
        ReasonCode::WrongStatus,
        || status_of("/api/query", 422, 400),
    )
}
