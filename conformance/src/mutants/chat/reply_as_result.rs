//! A chat ends in query_result.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.reply-as-result",
        "A chat ends in query_result",
        "chat.reply",
        ReasonCode::Refused,
        || {
            edit::on_message("chat_reply", |_, mut value| {
                value["type"] = "query_result".into();
                Action::replace(Message::json(&value))
            })
        },
    )
}
