//! A pause is answered and holds nothing.

use super::unheard;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.pause-unheard",
        "a pause is answered and holds nothing",
        "commands.pause-holds",
        ReasonCode::Unexpected,
        || unheard("pause", "paused"),
    )
}
