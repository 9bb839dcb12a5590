//! The stream stays open after the result.

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
        "sse.never-ends",
        "the stream stays open after the result",
        "sse.ends",
        ReasonCode::NotClosed,
        || Endless,
    )
}
