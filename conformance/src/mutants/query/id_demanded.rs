//! A query without an id is refused.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.id-demanded",
        "a query without an id is refused",
        "query.minimal",
        ReasonCode::Refused,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(query) if query["type"] == "query" && query["id"].is_null() => {
                    Action::Do(vec![Out::Client(Message::json(
                        &json!({"type": "error", "code": "INVALID_MESSAGE", "message": "id is missing", "timestamp": crate::checks::now()}),
                    ))])
                }
                _ => Action::Pass,
            })
        },
    )
}
