//! A resume of what runs is refused.

use serde_json::json;

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.resume-refused",
        "a resume of what runs is refused",
        "commands.resume-running",
        ReasonCode::Refused,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(command) if command["action"] == "resume" => Action::replace(Message::json(&json!({
                    "type": "error", "code": "QUERY_REJECTED", "message": "it is not paused", "id": command["id"], "timestamp": now(),
                }))),
                _ => Action::Pass,
            })
        },
    )
}
