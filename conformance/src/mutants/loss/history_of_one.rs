//! Hardly an event is held for a slow consumer.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "loss.history-of-one",
        "hardly an event is held for a slow consumer",
        "loss.slow-consumer-resumes",
        ReasonCode::Refused,
        "limits.history_events = 1",
    )
}
