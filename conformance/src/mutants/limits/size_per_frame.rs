//! The size limit holds for each frame by itself.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::{Frame, Opcode};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.size-per-frame",
        "the size limit holds for each fragment by itself",
        "limits.message-size-of-fragments",
        ReasonCode::Accepted,
        || {
            let mut size = 0;
            edit::client_frames(move |frame| {
                if frame.opcode.is_control() {
                    return None;
                }
                size += frame.payload.len();
                if !frame.fin {
                    return Some(Vec::new());
                }
                let fragmented = frame.opcode == Opcode::Continuation;
                let total = std::mem::take(&mut size);
                (fragmented && total > 64 * 1024)
                    .then(|| Frame::text(r#"{"type":"ping","id":"probe"}"#).masked([1, 2, 3, 4]).encode())
            })
        },
    )
}
