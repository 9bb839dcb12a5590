//! A reply is followed by a result.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.reply-and-result",
        "A reply is followed by a result",
        "chat.ends-once",
        ReasonCode::Duplicate,
        || {
            edit::on_message("chat_reply", |message, mut value| {
                value["type"] = "query_result".into();
                Action::Do(vec![Out::Client(message.clone()), Out::Client(Message::json(&value))])
            })
        },
    )
}
