//! The limit of a question counts bytes.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.bytes-counted",
        "the limit of a question counts bytes",
        "query.counts-characters",
        ReasonCode::Refused,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(query) if query["query"].as_str().is_some_and(|text| text.len() > 4_000) => {
                    Action::Do(vec![Out::Client(Message::json(
                        &json!({"type": "error", "code": "QUERY_REJECTED", "message": "too long", "details": {"reason": "too_long"}, "timestamp": crate::checks::now()}),
                    ))])
                }
                _ => Action::Pass,
            })
        },
    )
}
