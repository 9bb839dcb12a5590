//! The payload that a header announces is waited for, however long it is.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, FrameAction, Mutant};
use crate::peer::{Frame, Message, Opcode};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.announced-size-waits",
        "a frame is refused when its payload has come, not when it is announced",
        "limits.announced-size",
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
        self.framed |= frame.opcode != Opcode::Pong;
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
