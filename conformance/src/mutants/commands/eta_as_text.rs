//! The remaining time is text.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.eta-as-text",
        "the remaining time is text",
        "commands.eta",
        ReasonCode::WrongType,
        || {
            edit::edit_message("progress_update", |update| {
                update["eta_ms"] = json!("2 s");
            })
        },
    )
}
