//! The final bit of control frames is not looked at.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::Frame;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.ping-fragment-taken",
        "a ping without its final bit is answered",
        "framing.fragmented-control-frame",
        ReasonCode::Accepted,
        || {
            edit::client_frames(|frame| {
                let broken = frame.opcode.is_control() && !frame.fin;
                broken.then(|| Frame { fin: true, ..frame.clone() }.encode())
            })
        },
    )
}
