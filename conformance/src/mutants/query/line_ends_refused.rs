//! Line ends are refused as control characters.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.line-ends-refused",
        "line ends are refused as control characters",
        "query.takes-line-ends",
        ReasonCode::Refused,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(query) if query["query"].as_str().is_some_and(|text| text.contains('\n')) => {
                    Action::Do(vec![Out::Client(Message::json(
                        &json!({"type": "error", "code": "QUERY_REJECTED", "message": "control character", "details": {"reason": "control_character"}, "timestamp": crate::checks::now()}),
                    ))])
                }
                _ => Action::Pass,
            })
        },
    )
}
