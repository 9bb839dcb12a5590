//! Heartbeats are refused when the window is full.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.life-refused",
        "heartbeats are refused when the window is full",
        "limits.rate-and-life",
        ReasonCode::Refused,
        || {
            let mut is_full = false;
            edit::on_message("*", move |_, value| {
                is_full |= value["code"] == "RATE_LIMIT_EXCEEDED";
                if value["type"] == "heartbeat_response" && is_full {
                    let error = json!({"type": "error", "code": "RATE_LIMIT_EXCEEDED", "message": "too many messages", "id": value["id"]});
                    return Action::replace(Message::json(&error));
                }
                Action::Pass
            })
        },
    )
}
