//! An unknown table is selected.

use super::status_of;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.select-any-table",
        "an unknown table is selected",
        "database.select-unknown-table",
        ReasonCode::WrongStatus,
        || status_of("/api/database/select", 422, 200),
    )
}
