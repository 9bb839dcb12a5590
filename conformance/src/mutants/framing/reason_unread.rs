//! The reason of a close frame is not looked at.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::{Frame, Opcode};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.reason-unread",
        "the reason of a close frame may be any bytes",
        "framing.utf8-close-reason",
        ReasonCode::WrongCloseCode,
        || {
            edit::client_frames(|frame| {
                let broken = frame.opcode == Opcode::Close && std::str::from_utf8(&frame.payload).is_err();
                broken.then(|| Frame { payload: frame.payload[..2].to_vec(), ..frame.clone() }.encode())
            })
        },
    )
}
