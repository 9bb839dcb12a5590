//! Errors lose the ids.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.errors-without-id",
        "errors lose the ids",
        "query.echo-in-errors",
        ReasonCode::Missing,
        || {
            edit::edit_message("error", |message| {
                message.as_object_mut().map(|fields| fields.remove("id"));
            })
        },
    )
}
