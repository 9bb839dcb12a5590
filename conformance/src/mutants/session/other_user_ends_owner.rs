//! An attempt on a session closes its connections too.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire_shared(
        "session.other-user-ends-owner",
        "an attempt on a session closes its connections too",
        "session.other-user-harmless",
        ReasonCode::Closed,
        || {
            let attempted = Arc::new(AtomicBool::new(false));
            move || EndsOwner { attempted: Arc::clone(&attempted) }
        },
    )
}

struct EndsOwner {
    attempted: Arc<AtomicBool>,
}

impl Fault for EndsOwner {
    fn on_server_message(&mut self, message: &Message) -> Action {
        if message.to_json().is_some_and(|answer| answer["code"] == "INVALID_SESSION") {
            self.attempted.store(true, Ordering::Relaxed);
        }
        // The owner's connection asks whether it is still there.
        if self.attempted.load(Ordering::Relaxed) && matches!(message, Message::Pong(_)) {
            return Action::close(1008, "Invalid session");
        }
        Action::Pass
    }
}
