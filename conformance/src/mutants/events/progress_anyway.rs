//! Progress comes though it was taken back.

use super::unheard;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.progress-anyway",
        "progress comes though it was taken back",
        "events.without-progress",
        ReasonCode::Unexpected,
        || unheard("unsubscribe"),
    )
}
