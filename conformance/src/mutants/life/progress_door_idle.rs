//! The progress door is closed as idle.

use super::IdleFrom;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.progress-door-idle",
        "the progress door is closed as idle",
        "life.progress-door-holds",
        ReasonCode::Closed,
        IdleFrom::opening,
    )
}
