//! A reply loses an id.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire("chat.reply-without-ids", "A reply loses an id", "chat.ids", ReasonCode::Missing, || {
        edit::edit_message("chat_reply", |reply| {
            reply.as_object_mut().map(|fields| fields.shift_remove("correlation_id"));
        })
    })
}
