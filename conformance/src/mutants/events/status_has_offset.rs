//! Agent_status has an offset.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.status-has-offset",
        "agent_status has an offset",
        "events.agent-unordered",
        ReasonCode::Unexpected,
        || {
            edit::edit_message("agent_status", |status| {
                status["offset"] = json!(3);
            })
        },
    )
}
