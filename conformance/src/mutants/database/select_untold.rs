//! A selection is not told.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.select-untold",
        "a selection is not told",
        "database.select-event",
        ReasonCode::Missing,
        || edit::drop_message("database_context_changed"),
    )
}
