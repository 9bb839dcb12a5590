//! What one read brings is taken for a frame.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::Splitter;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.read-is-a-frame",
        "a read that brings a part of a frame is thrown away",
        "framing.frame-in-pieces",
        ReasonCode::Missing,
        || edit::client_bytes(|bytes| if is_whole(&bytes) { bytes } else { Vec::new() }),
    )
}

/// True when `bytes` are whole frames of a client.
fn is_whole(bytes: &[u8]) -> bool {
    let mut splitter = Splitter::new(1 << 20);
    splitter.push(bytes);
    let mut masked = true;
    while let Ok(Some(raw)) = splitter.next_frame() {
        masked &= raw.frame.mask.is_some();
    }
    masked && splitter.rest().is_empty()
}
