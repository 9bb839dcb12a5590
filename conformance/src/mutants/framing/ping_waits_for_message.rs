//! Pings inside a message are answered behind it.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::Opcode;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.ping-waits-for-message",
        "a ping between fragments is answered when the message is complete",
        "framing.ping-between-fragments",
        ReasonCode::Missing,
        || {
            let mut open = false;
            let mut held = Vec::new();
            edit::client_frames(move |frame| {
                if frame.opcode.is_control() {
                    if open && frame.opcode == Opcode::Ping {
                        held.extend(frame.encode());
                        return Some(Vec::new());
                    }
                    return None;
                }
                open = !frame.fin;
                if open {
                    return None;
                }
                let mut bytes = frame.encode();
                bytes.append(&mut held);
                Some(bytes)
            })
        },
    )
}
