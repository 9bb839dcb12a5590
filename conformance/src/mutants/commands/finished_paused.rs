//! A finished query is paused.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.finished-paused",
        "a finished query is paused",
        "commands.finished-stays",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("command_result", |result| {
                if result["action"] == "pause" {
                    result["status"] = json!("paused");
                }
            })
        },
    )
}
