//! A close payload of one byte is taken for an empty one.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::{Frame, Opcode};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.half-code-taken",
        "a close payload of one byte is answered like an empty one",
        "framing.close-half-code",
        ReasonCode::WrongCloseCode,
        || {
            edit::client_frames(|frame| {
                let half = frame.opcode == Opcode::Close && frame.payload.len() == 1;
                half.then(|| Frame { payload: Vec::new(), ..frame.clone() }.encode())
            })
        },
    )
}
