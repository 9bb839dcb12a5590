//! A reply has no rows.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire("chat.reply-without-rows", "A reply has no rows", "chat.reply", ReasonCode::Missing, || {
        edit::edit_message("chat_reply", |reply| {
            reply.as_object_mut().map(|fields| fields.shift_remove("rows"));
        })
    })
}
