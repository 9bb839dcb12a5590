//! A resume is answered with status paused.

use super::told_as;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.resumed-as-paused",
        "a resume is answered with status paused",
        "commands.resume",
        ReasonCode::WrongValue,
        || told_as("running", "paused"),
    )
}
