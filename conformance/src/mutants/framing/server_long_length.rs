//! The server writes lengths in a long form.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::{LengthForm, Opcode};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.server-long-length",
        "the server writes short lengths in 16 bits",
        "framing.server-frames",
        ReasonCode::Malformed,
        || {
            edit::server_frames(|frame| {
                let short = frame.opcode == Opcode::Pong;
                short.then(|| frame.clone().length_form(LengthForm::Sixteen).encode())
            })
        },
    )
}
