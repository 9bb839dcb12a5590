//! Event streams stay open.

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
        "shutdown.streams-stay",
        "event streams stay open",
        "shutdown.streams",
        ReasonCode::NotClosed,
        || Endless,
    )
}
