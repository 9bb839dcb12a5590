//! Signs of life fill the window for messages.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.life-counts",
        "heartbeats fill the window for messages",
        "limits.life-fills-nothing",
        ReasonCode::Refused,
        || {
            let mut count = 0;
            edit::on_message("*", move |_, value| {
                if value["type"] == "heartbeat_response" || value["type"] == "subscribed" {
                    count += 1;
                }
                if value["type"] == "subscribed" && count > 100 {
                    let error = json!({"type": "error", "code": "RATE_LIMIT_EXCEEDED", "message": "too many messages", "id": value["id"]});
                    return Action::replace(Message::json(&error));
                }
                Action::Pass
            })
        },
    )
}
