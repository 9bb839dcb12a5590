//! A subscription does not keep a connection from being idle.

use serde_json::json;

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.subscription-ignored",
        "a subscription does not keep a connection from being idle",
        "life.subscription-holds",
        ReasonCode::Closed,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(value) if value["type"] == "subscribe" => {
                    let answer = json!({
                        "type": "subscribed", "events": value["events"], "rejected": [],
                        "active": value["events"], "timestamp": now(),
                    });
                    Action::replace(Message::json(&answer))
                }
                _ => Action::Pass,
            })
        },
    )
}
