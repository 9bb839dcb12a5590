//! Close code 1006 is taken.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::{Frame, Opcode};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.code-1006-taken",
        "close code 1006 is taken for a normal one",
        "framing.close-forbidden-codes",
        ReasonCode::WrongCloseCode,
        || {
            edit::client_frames(|frame| {
                let local = frame.opcode == Opcode::Close && frame.payload == 1006_u16.to_be_bytes();
                local.then(|| Frame { payload: 1000_u16.to_be_bytes().into(), ..frame.clone() }.encode())
            })
        },
    )
}
