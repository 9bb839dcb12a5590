//! A token that runs out while connected is not noticed.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.never-runs-out",
        "A token that runs out while connected is not noticed",
        "tokens.runs-out",
        ReasonCode::Missing,
        || Unnoticed,
    )
}

/// Neither the error nor the close reaches the client.
struct Unnoticed;

impl Fault for Unnoticed {
    fn on_server_message(&mut self, message: &Message) -> Action {
        let told = super::sent(message, "error").is_some();
        if told || matches!(message, Message::Close(_)) { Action::drop() } else { Action::Pass }
    }

    fn holds_open(&mut self) -> bool {
        true
    }
}
