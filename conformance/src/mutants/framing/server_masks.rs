//! The server masks its frames.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::Opcode;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.server-masks",
        "the server masks its messages",
        "framing.server-frames",
        ReasonCode::Malformed,
        || {
            edit::server_frames(|frame| {
                let later = frame.opcode == Opcode::Pong;
                later.then(|| frame.clone().masked([1, 2, 3, 4]).encode())
            })
        },
    )
}
