//! A selection is told to who took it back.

use super::unheard;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.context-told-anyway",
        "a selection is told to who took it back",
        "events.context-filtered",
        ReasonCode::Unexpected,
        || unheard("unsubscribe"),
    )
}
