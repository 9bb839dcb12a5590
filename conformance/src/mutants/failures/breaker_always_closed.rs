//! Agent_status never tells of a breaker.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.breaker-always-closed",
        "agent_status never tells of a breaker",
        "failures.circuit-told",
        ReasonCode::Missing,
        || edit::edit_message("agent_status", |status| status["breaker"] = json!("closed")),
    )
}
