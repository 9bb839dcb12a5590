//! Long pings are cut to 125 bytes.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::{Frame, Opcode};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.ping-cut",
        "pings of more than 125 bytes are cut and answered",
        "framing.long-control-frame",
        ReasonCode::Accepted,
        || {
            edit::client_frames(|frame| {
                let long = frame.opcode == Opcode::Ping && frame.payload.len() > 125;
                long.then(|| Frame { payload: frame.payload[..125].to_vec(), ..frame.clone() }.encode())
            })
        },
    )
}
