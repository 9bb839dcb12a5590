//! A selection is told without offset.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.select-told-unordered",
        "a selection is told without offset",
        "database.select-event",
        ReasonCode::Missing,
        || {
            edit::edit_message("database_context_changed", |told| {
                told.as_object_mut().map(|fields| fields.remove("offset"));
            })
        },
    )
}
