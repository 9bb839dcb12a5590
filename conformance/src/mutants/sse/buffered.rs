//! The stream is held back until the result.

use super::held_back;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.buffered",
        "the stream is held back until the result",
        "sse.as-they-come",
        ReasonCode::Late,
        held_back,
    )
}
