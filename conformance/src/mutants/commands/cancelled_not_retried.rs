//! A cancelled query can't be retried.

use serde_json::json;

use crate::checks::{ReasonCode, field, now};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.cancelled-not-retried",
        "a cancelled query can't be retried",
        "commands.retry-cancelled",
        ReasonCode::Refused,
        || {
            let mut cancelled = false;
            edit::server_messages(move |message: &Message| {
                let Some(value) = message.to_json() else { return Action::Pass };
                cancelled |= field::name(&value) == "query_cancelled";
                if cancelled && value["action"] == "retry" {
                    return Action::replace(Message::json(&json!({
                        "type": "error", "code": "QUERY_REJECTED", "message": "it was cancelled", "id": value["id"], "timestamp": now(),
                    })));
                }
                Action::Pass
            })
        },
    )
}
