//! A new message silently replaces an unfinished one.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::Opcode;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.first-message-dropped",
        "a message inside another replaces it",
        "framing.message-inside-message",
        ReasonCode::Accepted,
        || {
            let mut held: Option<Vec<u8>> = None;
            edit::client_frames(move |frame| match (frame.opcode, frame.fin) {
                (Opcode::Text, false) => {
                    held = Some(frame.encode());
                    Some(Vec::new())
                }
                (Opcode::Text, true) => {
                    held = None;
                    None
                }
                (Opcode::Continuation, _) => {
                    let mut bytes = held.take().unwrap_or_default();
                    bytes.extend(frame.encode());
                    Some(bytes)
                }
                _ => None,
            })
        },
    )
}
