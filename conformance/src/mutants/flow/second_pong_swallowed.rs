//! Of two pings that wait for their answers, the second is forgotten.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "flow.second-pong-swallowed",
        "of two pings that wait for their answers, the second is forgotten",
        "flow.free",
        ReasonCode::Missing,
        OneAtATime::default,
    )
}

#[derive(Default)]
struct OneAtATime {
    waits: bool,
}

impl Fault for OneAtATime {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        let pings = message.to_json().is_some_and(|value| value["type"] == "ping");
        if pings && std::mem::replace(&mut self.waits, true) {
            return Action::drop();
        }
        Action::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        if message.to_json().is_some_and(|value| value["type"] == "pong") {
            self.waits = false;
        }
        Action::Pass
    }
}
