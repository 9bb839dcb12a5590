//! Only the asker sees the reply.

use super::said;
use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "chat.reply-to-asker-only",
        "Only the asker sees the reply",
        "chat.seen-by-others",
        ReasonCode::Missing,
        || Private(false),
    )
}

/// Whether this connection said anything.
struct Private(bool);

impl Fault for Private {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        self.0 |= said(message).is_some();
        Action::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        let reply = message.to_json().is_some_and(|value| value["type"] == "chat_reply");
        if reply && !self.0 { Action::drop() } else { Action::Pass }
    }
}
