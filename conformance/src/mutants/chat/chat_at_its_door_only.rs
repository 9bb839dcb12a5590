//! Chat is spoken at its own door alone.

use super::said;
use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;
use serde_json::json;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.chat-at-its-door-only",
        "Chat is spoken at its own door alone",
        "chat.at-query-door",
        ReasonCode::Refused,
        || {
            edit::client_messages(|message| match said(message) {
                Some(chat) => Action::Do(vec![Out::Client(Message::json(&json!({
                    "type": "error", "code": "UNKNOWN_TYPE", "message": "no chat here", "id": chat["id"],
                    "timestamp": crate::checks::now(),
                })))]),
                None => Action::Pass,
            })
        },
    )
}
