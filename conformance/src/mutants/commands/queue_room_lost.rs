//! The place of a cancelled query is never free.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "commands.queue-room-lost",
        "the place of a cancelled query is never free",
        "commands.queue-room",
        ReasonCode::Refused,
        || {
            let cancelled = Arc::new(AtomicBool::new(false));
            move || {
                let cancelled = Arc::clone(&cancelled);
                edit::server_messages(move |message: &Message| {
                    let Some(value) = message.to_json() else { return Action::Pass };
                    if value["type"] == "query_cancelled" {
                        cancelled.store(true, Ordering::Relaxed);
                    }
                    if value["type"] == "query_accepted" && cancelled.load(Ordering::Relaxed) {
                        let error = json!({
                            "type": "error", "code": "QUERY_REJECTED", "message": "the queue is full",
                            "details": {"reason": "queue_full"}, "timestamp": now(),
                        });
                        return Action::replace(Message::json(&error));
                    }
                    Action::Pass
                })
            }
        },
    )
}
