//! TCP stays open after the closing handshake.

use crate::checks::ReasonCode;
use crate::mutants::{Fault, Mutant};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.stream-left-open",
        "the TCP connection stays open when both have sent their close frames",
        "framing.close-ends-stream",
        ReasonCode::NotClosed,
        || LeftOpen,
    )
}

struct LeftOpen;

impl Fault for LeftOpen {
    fn holds_open(&mut self) -> bool {
        true
    }
}
