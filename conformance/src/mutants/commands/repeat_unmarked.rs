//! A repeated query is not marked as duplicate.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.repeat-unmarked",
        "a repeated query is not marked as duplicate",
        "commands.repeat-running",
        ReasonCode::Missing,
        || {
            edit::edit_message("query_accepted", |accepted| {
                accepted.as_object_mut().map(|fields| fields.remove("duplicate"));
            })
        },
    )
}
