//! A query at the chat door ends in chat_reply.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.query-ends-in-reply",
        "A query at the chat door ends in chat_reply",
        "chat.query-at-chat",
        ReasonCode::WrongValue,
        || {
            edit::on_message("query_result", |_, mut value| {
                value["type"] = "error".into();
                Action::replace(Message::json(&value))
            })
        },
    )
}
