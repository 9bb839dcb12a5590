//! The payload that a header announces is waited for, however long it is.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, FrameAction, Mutant};
use crate::peer::{Frame, Message};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.length-bit-waits",
        "a header whose length uses its highest bit is believed, and its payload waited for",
        "framing.length-bit",
        ReasonCode::NotClosed,
        || Waits { framed: false },
    )
}

/// Closes nothing for a client that has sent no whole frame.
struct Waits {
    framed: bool,
}

impl Fault for Waits {
    fn watches_client(&self) -> bool {
        true
    }

    fn on_client_frame(&mut self, frame: &Frame) -> FrameAction {
        self.framed |= !matches!(frame.opcode, crate::peer::Opcode::Pong);
        FrameAction::Pass
    }

    fn on_server_message(&mut self, message: &Message) -> Action {
        let closes = matches!(message, Message::Close(_));
        if closes && !self.framed { Action::drop() } else { Action::Pass }
    }

    fn holds_open(&mut self) -> bool {
        !self.framed
    }
}
