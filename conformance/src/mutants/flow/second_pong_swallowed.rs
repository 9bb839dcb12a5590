//! Of two pings the second is forgotten.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "flow.second-pong-swallowed",
        "of two pings the second is forgotten",
        "flow.free",
        ReasonCode::Missing,
        EverySecond::default,
    )
}

#[derive(Default)]
struct EverySecond {
    forgets: bool,
}

impl Fault for EverySecond {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_message(&mut self, message: &Message) -> Action {
        let pings = message.to_json().is_some_and(|value| value["type"] == "ping");
        self.forgets ^= pings;
        if pings && !self.forgets { Action::drop() } else { Action::Pass }
    }
}
