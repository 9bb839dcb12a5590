//! A stream outlives its session.

use crate::checks::ReasonCode;
use crate::mutants::{Fault, Mutant};

/// Keeps streams open.
struct Endless;

impl Fault for Endless {
    fn holds_open(&mut self) -> bool {
        true
    }
}

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.stream-survives",
        "a stream outlives its session",
        "sse.deleted",
        ReasonCode::NotClosed,
        || Endless,
    )
}
