//! A pong echoes id alone.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.one-id-only",
        "a pong echoes id alone",
        "life.ping-echoes-ids",
        ReasonCode::Missing,
        || {
            edit::edit_message("pong", |pong| {
                if let Some(fields) = pong.as_object_mut() {
                    fields.remove("correlation_id");
                }
            })
        },
    )
}
