//! No query can be asked at the progress door.

use super::sent;
use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;
use serde_json::json;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.progress-read-only",
        "No query can be asked at the progress door",
        "doors.progress-asks",
        ReasonCode::Refused,
        || {
            edit::client_messages(|message| match sent(message, "query") {
                Some(query) => Action::Do(vec![Out::Client(Message::json(&json!({
                    "type": "error", "code": "FORBIDDEN", "message": "this door is for watching", "query_id": query["query_id"],
                    "timestamp": crate::checks::now(),
                })))]),
                None => Action::Pass,
            })
        },
    )
}
