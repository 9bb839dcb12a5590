//! Chat_reply goes by query_result alone.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.chat-needs-result",
        "chat_reply goes by query_result alone",
        "events.chat",
        ReasonCode::Missing,
        || {
            let mut unwanted = false;
            edit::server_messages(move |message: &Message| {
                let Some(value) = message.to_json() else { return Action::Pass };
                unwanted |= value["type"] == "unsubscribed";
                if unwanted && value["type"] == "chat_reply" { Action::drop() } else { Action::Pass }
            })
        },
    )
}
