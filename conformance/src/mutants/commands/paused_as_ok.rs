//! A pause is answered with status ok.

use super::told_as;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.paused-as-ok",
        "a pause is answered with status ok",
        "commands.pause",
        ReasonCode::WrongValue,
        || told_as("paused", "ok"),
    )
}
