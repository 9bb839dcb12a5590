//! Agent_status never comes.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.statuses-untold",
        "agent_status never comes",
        "events.agent-unordered",
        ReasonCode::Missing,
        || edit::drop_message("agent_status"),
    )
}
