//! Text is judged when the message is complete.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.text-judged-at-end",
        "fragments are stored and judged when the last has come",
        "framing.utf8-fails-fast",
        ReasonCode::NotClosed,
        || {
            let mut held = Vec::new();
            edit::client_frames(move |frame| {
                if frame.opcode.is_control() {
                    return None;
                }
                held.extend(frame.encode());
                Some(if frame.fin { std::mem::take(&mut held) } else { Vec::new() })
            })
        },
    )
}
