//! A query that failed is told as completed.

use super::told_as;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.failed-as-completed",
        "a query that failed is told as completed",
        "commands.failed-state",
        ReasonCode::WrongValue,
        || told_as("failed", "completed"),
    )
}
