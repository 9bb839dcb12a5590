//! Agent_status comes to all.

use serde_json::json;

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.status-unasked",
        "agent_status comes to all",
        "events.notices-unwanted",
        ReasonCode::Unexpected,
        || {
            edit::on_message("query_accepted", |message, _| {
                let status = json!({
                    "type": "agent_status", "agent": "nlp", "status": "busy", "in_flight": 1, "breaker": "closed",
                    "timestamp": now(),
                });
                Action::Do(vec![Out::Client(message.clone()), Out::Client(Message::json(&status))])
            })
        },
    )
}
