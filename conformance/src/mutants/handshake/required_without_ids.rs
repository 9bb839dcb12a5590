//! HANDSHAKE_REQUIRED has no ids.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.required-without-ids",
        "HANDSHAKE_REQUIRED has no ids",
        "handshake.required-ids",
        ReasonCode::Missing,
        || {
            edit::edit_message("error", |error| {
                error.as_object_mut().map(|fields| fields.shift_remove("id"));
            })
        },
    )
}
