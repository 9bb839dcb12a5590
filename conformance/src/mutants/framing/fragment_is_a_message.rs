//! Every fragment is taken for a message.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::{Frame, Opcode};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.fragment-is-a-message",
        "every fragment is taken for a message of its own",
        "framing.fragments",
        ReasonCode::Refused,
        || {
            edit::client_frames(|frame| {
                let part = !frame.opcode.is_control() && (!frame.fin || frame.opcode == Opcode::Continuation);
                part.then(|| Frame { fin: true, opcode: Opcode::Text, ..frame.clone() }.encode())
            })
        },
    )
}
