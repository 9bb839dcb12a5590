//! Heartbeats are answered after 600 ms.

use std::time::Duration;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.heartbeat-behind-work",
        "heartbeats are answered after 600 ms",
        "life.heartbeat-during-query",
        ReasonCode::Late,
        || edit::delay_message("heartbeat_response", Duration::from_millis(600)),
    )
}
