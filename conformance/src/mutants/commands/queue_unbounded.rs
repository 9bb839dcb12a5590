//! The queue has no bound.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "commands.queue-unbounded",
        "the queue has no bound",
        "commands.queue-full",
        ReasonCode::Accepted,
        "limits.max_queued_queries = 100",
    )
}
