//! What was taken back never comes again.

use super::unheard;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.never-again",
        "what was taken back never comes again",
        "events.subscribed-again",
        ReasonCode::Missing,
        || unheard("subscribe"),
    )
}
