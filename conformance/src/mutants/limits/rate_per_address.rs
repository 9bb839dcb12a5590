//! All connections of a client share one window.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "limits.rate-per-address",
        "all connections share one window",
        "limits.rate-per-connection",
        ReasonCode::Refused,
        || {
            let seen = Arc::new(AtomicBool::new(false));
            move || {
                let seen = Arc::clone(&seen);
                edit::on_message("*", move |_, value| {
                    if value["code"] == "RATE_LIMIT_EXCEEDED" {
                        seen.store(true, Ordering::Relaxed);
                    } else if value["type"] == "subscribed" && seen.load(Ordering::Relaxed) {
                        let error = json!({"type": "error", "code": "RATE_LIMIT_EXCEEDED", "message": "too many messages", "id": value["id"]});
                        return Action::replace(Message::json(&error));
                    }
                    Action::Pass
                })
            }
        },
    )
}
