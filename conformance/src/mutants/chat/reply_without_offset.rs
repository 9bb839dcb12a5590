//! A reply is no event.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.reply-without-offset",
        "A reply is no event",
        "chat.event",
        ReasonCode::Missing,
        || {
            edit::edit_message("chat_reply", |reply| {
                reply.as_object_mut().map(|fields| fields.shift_remove("offset"));
            })
        },
    )
}
