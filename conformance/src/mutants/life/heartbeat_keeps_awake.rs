//! Heartbeats put off the idle close.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.heartbeat-keeps-awake",
        "heartbeats put off the idle close",
        "life.idle-despite-life",
        ReasonCode::NotClosed,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(value) if value["type"] == "heartbeat" => {
                    // The message itself, and one that counts and changes nothing.
                    let nothing = json!({"type": "unsubscribe", "events": []});
                    Action::Do(vec![Out::Server(message.clone()), Out::Server(Message::json(&nothing))])
                }
                _ => Action::Pass,
            })
        },
    )
}
