//! A refused handshake counts as the one a connection may send.

use super::{refusal, sent};
use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.refused-counts",
        "a refused handshake counts as the one a connection may send",
        "session.refused-then-right",
        ReasonCode::Refused,
        || Counts { refused: false },
    )
}

struct Counts {
    refused: bool,
}

impl Fault for Counts {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        if self.refused && sent(message, "connection_handshake").is_some() {
            return Action::replace(refusal("ALREADY_ESTABLISHED"));
        }
        Action::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        self.refused |= message.to_json().is_some_and(|answer| answer["code"] == "INVALID_MESSAGE");
        Action::Pass
    }
}
