//! An open breaker stops all agents.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.circuit-of-all",
        "an open breaker stops all agents",
        "failures.circuit-others",
        ReasonCode::Refused,
        || {
            edit::on_message("query_result", |_, mut result| {
                result["type"] = json!("error");
                result["code"] = json!("CIRCUIT_OPEN");
                Action::replace(Message::json(&result))
            })
        },
    )
}
