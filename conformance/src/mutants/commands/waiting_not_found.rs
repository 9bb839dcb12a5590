//! A query that waits is not found.

use serde_json::json;

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.waiting-not-found",
        "a query that waits is not found",
        "commands.queue-cancel",
        ReasonCode::Refused,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(command) if command["action"] == "cancel" => Action::replace(Message::json(&json!({
                    "type": "error", "code": "NOT_FOUND", "message": "it does not run", "id": command["id"], "timestamp": now(),
                }))),
                _ => Action::Pass,
            })
        },
    )
}
