//! A selection of nothing is an unknown database.

use super::status_of;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.nothing-as-unknown",
        "a selection of nothing is an unknown database",
        "database.select-nothing",
        ReasonCode::WrongStatus,
        || status_of("/api/database/select", 400, 422),
    )
}
