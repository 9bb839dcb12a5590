//! A continuation without a beginning is taken for a message.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::{Frame, Opcode};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.orphan-taken",
        "a continuation without a message is read as text",
        "framing.orphan-continuation",
        ReasonCode::Accepted,
        || {
            let mut begun = false;
            edit::client_frames(move |frame| {
                if frame.opcode == Opcode::Continuation && !begun {
                    return Some(Frame { opcode: Opcode::Text, fin: true, ..frame.clone() }.encode());
                }
                begun |= frame.opcode == Opcode::Text;
                None
            })
        },
    )
}
