//! A message that fails ends the query.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;
use serde_json::json;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.failed-message-ends-query",
        "A message that fails ends the query",
        "limits.failed-message-alone",
        ReasonCode::Refused,
        || {
            edit::on_message("query_result", |_, value| {
                Action::replace(Message::json(&json!({
                    "type": "error", "code": "INTERNAL", "message": "no", "id": value["id"],
                })))
            })
        },
    )
}
