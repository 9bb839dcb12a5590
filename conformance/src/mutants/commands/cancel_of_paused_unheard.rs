//! A cancel is answered and cancels nothing.

use super::unheard;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.cancel-of-paused-unheard",
        "a cancel is answered and cancels nothing",
        "commands.cancel-paused",
        ReasonCode::Missing,
        || unheard("cancel", "cancelled"),
    )
}
