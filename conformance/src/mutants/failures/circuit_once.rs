//! A breaker opens once and never again.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.circuit-once",
        "a breaker opens once and never again",
        "failures.circuit-again",
        ReasonCode::Accepted,
        || {
            let (mut opened, mut probed) = (false, false);
            edit::edit_message("error", move |error| {
                opened |= error["code"] == "CIRCUIT_OPEN";
                probed |= opened && error["code"] == "AGENT_UNAVAILABLE";
                if probed {
                    error["code"] = json!("AGENT_UNAVAILABLE");
                }
            })
        },
    )
}
