//! Messages of a client do not count as life.

use serde_json::json;

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.messages-no-life",
        "messages of a client do not count as life",
        "life.message-is-life",
        ReasonCode::Closed,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(value) if value["type"] == "ping" => {
                    Action::replace(Message::json(&json!({"type": "pong", "timestamp": now()})))
                }
                _ => Action::Pass,
            })
        },
    )
}
