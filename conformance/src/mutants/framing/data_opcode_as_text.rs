//! Data opcodes nobody defined are read as text.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::{Frame, Opcode};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.data-opcode-as-text",
        "data opcode 7 is read as text",
        "framing.reserved-data-opcodes",
        ReasonCode::Accepted,
        || {
            edit::client_frames(|frame| {
                (frame.opcode == Opcode::Reserved(7))
                    .then(|| Frame { opcode: Opcode::Text, ..frame.clone() }.encode())
            })
        },
    )
}
