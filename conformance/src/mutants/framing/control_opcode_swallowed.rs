//! Control opcodes nobody defined are passed over.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::Opcode;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.control-opcode-swallowed",
        "control opcode 15 is passed over",
        "framing.reserved-control-opcodes",
        ReasonCode::NotClosed,
        || edit::client_frames(|frame| (frame.opcode == Opcode::Reserved(15)).then(Vec::new)),
    )
}
