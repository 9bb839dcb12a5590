//! The decoder forgets to leave a fragmented message.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::{Frame, Opcode};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.message-never-left",
        "a continuation behind a complete message is read as the next one",
        "framing.orphan-after-message",
        ReasonCode::Accepted,
        || {
            let mut left = false;
            edit::client_frames(move |frame| {
                let continues = frame.opcode == Opcode::Continuation;
                if continues && left {
                    return Some(Frame { opcode: Opcode::Text, ..frame.clone() }.encode());
                }
                left = continues && frame.fin;
                None
            })
        },
    )
}
