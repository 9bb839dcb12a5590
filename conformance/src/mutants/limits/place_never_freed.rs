//! Connections are counted up only.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant, Out};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "limits.place-never-freed",
        "the place of a connection that left stays taken",
        "limits.connections-freed",
        ReasonCode::Refused,
        || {
            let seen = Arc::new(AtomicBool::new(false));
            move || {
                let seen = Arc::clone(&seen);
                Counting { seen }
            }
        },
    )
}

/// Refuses every handshake once a connection was closed by its client.
struct Counting {
    seen: Arc<AtomicBool>,
}

impl Fault for Counting {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        if matches!(message, Message::Close(_)) {
            self.seen.store(true, Ordering::Relaxed);
        }
        Action::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        let joined = message.to_json().is_some_and(|value| value["type"] == "connection_acknowledged");
        if !joined || !self.seen.load(Ordering::Relaxed) {
            return Action::Pass;
        }
        let error =
            json!({"type": "error", "code": "TOO_MANY_CONNECTIONS", "message": "too many connections"});
        let close = Message::Close(Some((1008, "Too many connections".to_owned())));
        Action::Do(vec![Out::Client(Message::json(&error)), Out::Client(close)])
    }
}
