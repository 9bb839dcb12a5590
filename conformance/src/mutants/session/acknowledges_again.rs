//! A second handshake is acknowledged like the first.

use super::sent;
use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.acknowledges-again",
        "a second handshake is acknowledged like the first",
        "session.second-handshake",
        ReasonCode::Accepted,
        || Again { acknowledged: None },
    )
}

struct Again {
    acknowledged: Option<Message>,
}

impl Fault for Again {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        match (&self.acknowledged, sent(message, "connection_handshake")) {
            (Some(before), Some(_)) => Action::replace(before.clone()),
            _ => Action::Pass,
        }
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        if sent(message, "connection_acknowledged").is_some() {
            self.acknowledged = Some(message.clone());
        }
        Action::Pass
    }
}
