//! A selection that has run out refuses everything.

use serde_json::json;

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.expired-in-the-way",
        "a selection that has run out refuses everything",
        "database.expired-passed-over",
        ReasonCode::Refused,
        || {
            edit::on_message("query_result", |_, _| {
                Action::replace(Message::json(&json!({
                   "type": "error", "code": "DATABASE_CONTEXT_EXPIRED", "message": "it has run out", "timestamp": now(),
                })))
            })
        },
    )
}
