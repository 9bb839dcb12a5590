//! An unknown database is selected.

use super::status_of;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.select-anything",
        "an unknown database is selected",
        "database.select-unknown",
        ReasonCode::WrongStatus,
        || status_of("/api/database/select", 422, 200),
    )
}
