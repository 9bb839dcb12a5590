//! What a question says is run.

use serde_json::json;

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "security.question-is-statement",
        "What a question says is run",
        "security.sql-in-question",
        ReasonCode::Accepted,
        || {
            edit::on_message("error", |_, value| {
                Action::replace(Message::json(&json!({
                    "type": "query_result", "query_id": value["query_id"], "timestamp": now(),
                    "sql": "SELECT 1; DROP TABLE orders",
                })))
            })
        },
    )
}
