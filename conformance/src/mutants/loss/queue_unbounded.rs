//! Any number of messages wait for one who takes none.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "loss.queue-unbounded",
        "any number of messages wait for one who takes none",
        "loss.slow-consumer",
        ReasonCode::NotClosed,
        "limits.queue_messages = 1000000\nlimits.queue_bytes = 1000000000",
    )
}
