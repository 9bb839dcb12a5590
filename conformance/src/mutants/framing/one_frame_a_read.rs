//! Only the first frame of a read is acted on.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::Splitter;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.one-frame-a-read",
        "what comes behind the first frame of a read is lost",
        "framing.frames-together",
        ReasonCode::Missing,
        || edit::client_bytes(first_frame),
    )
}

/// The first frame of `bytes`, or all of them if there is none.
fn first_frame(bytes: Vec<u8>) -> Vec<u8> {
    let mut splitter = Splitter::new(1 << 20);
    splitter.push(&bytes);
    match splitter.next_frame() {
        Ok(Some(raw)) => raw.bytes,
        _ => bytes,
    }
}
