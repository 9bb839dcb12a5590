//! Who subscribed once is never idle again.

use serde_json::json;

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.unsubscribe-still-holds",
        "who subscribed once is never idle again",
        "life.unsubscribed-is-idle",
        ReasonCode::NotClosed,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(value) if value["type"] == "unsubscribe" => {
                    let answer = json!({
                        "type": "unsubscribed", "events": value["events"], "rejected": [], "active": [],
                        "timestamp": now(),
                    });
                    Action::replace(Message::json(&answer))
                }
                _ => Action::Pass,
            })
        },
    )
}
