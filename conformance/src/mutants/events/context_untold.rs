//! A selection is told to nobody.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.context-untold",
        "a selection is told to nobody",
        "events.context-filtered",
        ReasonCode::Missing,
        || edit::drop_message("database_context_changed"),
    )
}
