//! An agent completes before it starts.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.completed-first",
        "an agent completes before it starts",
        "events.started-first",
        ReasonCode::WrongOrder,
        || {
            edit::edit_message("progress_update", |update| {
                let Some(events) = update["progress_events"].as_array_mut() else { return };
                for event in events {
                    if event["event_type"] == "agent_started" {
                        event["event_type"] = json!("agent_completed");
                    } else if event["event_type"] == "agent_completed" {
                        event["event_type"] = json!("agent_started");
                    }
                }
            })
        },
    )
}
