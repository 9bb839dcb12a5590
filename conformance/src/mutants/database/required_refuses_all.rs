//! Required refuses the message's own.

use serde_json::json;

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.required-refuses-all",
        "required refuses the message's own",
        "database.required-message",
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
