//! Signs of life put the handshake's timeout off.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.timeout-put-off",
        "Signs of life put the handshake's timeout off",
        "handshake.required-timeout-life",
        ReasonCode::Missing,
        || PutOff(false),
    )
}

/// Whether the client said anything.
struct PutOff(bool);

impl Fault for PutOff {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        self.0 |= message.to_json().is_some();
        Action::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        let ends = matches!(message, Message::Close(_))
            || message.to_json().is_some_and(|value| value["type"] == "error");
        if self.0 && ends { Action::drop() } else { Action::Pass }
    }

    fn holds_open(&mut self) -> bool {
        self.0
    }
}
