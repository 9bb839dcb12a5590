//! A retry of what runs is done.

use super::done_instead;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.unfinished-retried",
        "a retry of what runs is done",
        "commands.retry-unfinished",
        ReasonCode::Accepted,
        || done_instead("QUERY_REJECTED"),
    )
}
