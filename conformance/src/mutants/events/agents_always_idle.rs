//! Agents are always idle.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.agents-always-idle",
        "agents are always idle",
        "events.agent-busy",
        ReasonCode::Missing,
        || {
            edit::edit_message("agent_status", |status| {
                status["in_flight"] = json!(0);
            })
        },
    )
}
