//! A retry is answered with status running.

use super::told_as;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.retrying-as-running",
        "a retry is answered with status running",
        "commands.retry",
        ReasonCode::WrongValue,
        || told_as("retrying", "running"),
    )
}
