//! A connection too many pushes the others out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "limits.oldest-pushed-out",
        "when a connection too many is refused the others are cut",
        "limits.connections-unharmed",
        ReasonCode::Closed,
        || {
            let seen = Arc::new(AtomicBool::new(false));
            move || {
                let seen = Arc::clone(&seen);
                edit::server_messages(move |message| {
                    if let Message::Close(Some((1008, _))) = message {
                        seen.store(true, Ordering::Relaxed);
                    }
                    let pong = message.to_json().is_some_and(|value| value["type"] == "pong");
                    if pong && seen.load(Ordering::Relaxed) { Action::cut() } else { Action::Pass }
                })
            }
        },
    )
}
