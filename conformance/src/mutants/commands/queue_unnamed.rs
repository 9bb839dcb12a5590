//! Who waits is not told the place.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.queue-unnamed",
        "who waits is not told the place",
        "commands.queue-position",
        ReasonCode::Missing,
        || {
            edit::edit_message("query_accepted", |accepted| {
                accepted.as_object_mut().map(|fields| fields.remove("queue_position"));
            })
        },
    )
}
