//! A resume is answered and resumes nothing.

use super::unheard;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.resume-unheard",
        "a resume is answered and resumes nothing",
        "commands.resume",
        ReasonCode::Missing,
        || unheard("resume", "running"),
    )
}
