//! Each fragment is decoded by itself.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::{Frame, Opcode};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.fragment-decoded-alone",
        "each fragment is decoded by itself, broken characters replaced",
        "framing.utf8-split-character",
        ReasonCode::WrongValue,
        || {
            edit::client_frames(|frame| {
                let part = matches!(frame.opcode, Opcode::Text | Opcode::Continuation);
                part.then(|| {
                    Frame {
                        payload: String::from_utf8_lossy(&frame.payload).into_owned().into(),
                        ..frame.clone()
                    }
                    .encode()
                })
            })
        },
    )
}
