//! The refusal lacks the id.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.socket-without-id",
        "the refusal lacks the id",
        "shutdown.socket-queries",
        ReasonCode::Missing,
        || {
            edit::edit_message("error", |error| {
                error.as_object_mut().map(|fields| fields.remove("id"));
            })
        },
    )
}
