//! Off by one where the 7-bit length ends.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::Opcode;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.message-of-125-lost",
        "messages of exactly 125 bytes are lost",
        "framing.seven-bit-length",
        ReasonCode::Missing,
        || {
            edit::client_frames(|frame| {
                (frame.opcode == Opcode::Text && frame.payload.len() == 125).then(Vec::new)
            })
        },
    )
}
