//! The user's last runs out with the session's.

use serde_json::json;

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.user-forgotten",
        "the user's last runs out with the session's",
        "database.expired-user",
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
