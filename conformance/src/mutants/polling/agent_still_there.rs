//! A finished transaction has a current agent.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.agent-still-there",
        "a finished transaction has a current agent",
        "polling.settled",
        ReasonCode::WrongValue,
        || {
            bodies("/api/transactions/", |body| {
                body["current_agent"] = json!("viz");
            })
        },
    )
}
