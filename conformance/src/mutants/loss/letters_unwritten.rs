//! What could not be delivered is forgotten.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "loss.letters-unwritten",
        "what could not be delivered is forgotten",
        "loss.dead-letters",
        ReasonCode::Missing,
        "limits.dead_letters = 0",
    )
}
