//! Frames without a mask are read.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.mask-optional",
        "frames that are not masked are taken",
        "framing.unmasked-frame",
        ReasonCode::Accepted,
        || {
            edit::client_frames(|frame| {
                frame.mask.is_none().then(|| frame.clone().masked([1, 2, 3, 4]).encode())
            })
        },
    )
}
