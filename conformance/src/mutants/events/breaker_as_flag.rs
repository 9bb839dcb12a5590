//! The breaker is a flag.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.breaker-as-flag",
        "the breaker is a flag",
        "events.agent-fields",
        ReasonCode::WrongType,
        || {
            edit::edit_message("agent_status", |status| {
                status["breaker"] = json!(false);
            })
        },
    )
}
