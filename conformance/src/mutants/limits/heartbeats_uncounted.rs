//! Heartbeats do not count as signs of life.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.heartbeats-uncounted",
        "heartbeats do not count as signs of life",
        "limits.life-heartbeats",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(beat) if beat["type"] == "heartbeat" => {
                    let answer =
                        json!({"type": "heartbeat_response", "correlation_id": beat["correlation_id"]});
                    Action::Do(vec![Out::Client(Message::json(&answer))])
                }
                _ => Action::Pass,
            })
        },
    )
}
