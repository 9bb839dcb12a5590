//! A pause is answered as if the query went on.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "flow.paused-shown-as-running",
        "a pause is answered as if the query went on",
        "flow.commands",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("command_result", |result| {
                if result["status"] == "paused" {
                    result["status"] = json!("running");
                }
            })
        },
    )
}
