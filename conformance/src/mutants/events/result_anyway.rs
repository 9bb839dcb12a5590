//! Results come though they were taken back.

use super::unheard;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.result-anyway",
        "results come though they were taken back",
        "events.without-result",
        ReasonCode::Unexpected,
        || unheard("unsubscribe"),
    )
}
