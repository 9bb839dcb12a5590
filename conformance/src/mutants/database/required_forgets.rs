//! Required does not see the session's selection.

use serde_json::json;

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.required-forgets",
        "required does not see the session's selection",
        "database.required-session",
        ReasonCode::Refused,
        || {
            edit::on_message("query_result", |_, _| {
                Action::replace(Message::json(&json!({
                   "type": "error", "code": "DATABASE_CONTEXT_MISSING", "message": "none was selected", "timestamp": now(),
                })))
            })
        },
    )
}
