//! Another session's query is retried.

use super::done_instead;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.foreign-retried",
        "another session's query is retried",
        "commands.foreign-retry",
        ReasonCode::Accepted,
        || done_instead("NOT_FOUND"),
    )
}
