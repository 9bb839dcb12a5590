//! Heartbeats are not answered while a query runs.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.heartbeat-unanswered-in-query",
        "heartbeats are not answered while a query runs",
        "life.heartbeat-during-query",
        ReasonCode::Missing,
        || {
            let mut working = false;
            edit::server_messages(move |message| {
                let Some(value) = message.to_json() else { return Action::Pass };
                working |= value["type"] == "query_accepted";
                if working && value["type"] == "heartbeat_response" { Action::drop() } else { Action::Pass }
            })
        },
    )
}
