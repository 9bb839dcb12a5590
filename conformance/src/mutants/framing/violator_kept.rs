//! TCP stays open after a violation.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Fault, Mutant};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.violator-kept",
        "the TCP connection stays open after a violation",
        "framing.violation-ends-stream",
        ReasonCode::NotClosed,
        || Kept { violated: false },
    )
}

struct Kept {
    violated: bool,
}

impl Fault for Kept {
    fn on_server_message(&mut self, message: &Message) -> Action {
        self.violated |= matches!(message, Message::Close(Some((1002, _))));
        Action::Pass
    }

    fn holds_open(&mut self) -> bool {
        self.violated
    }
}
