//! The remaining time grows.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.eta-rises",
        "the remaining time grows",
        "commands.eta-falls",
        ReasonCode::WrongValue,
        || {
            let mut time = 1_000;
            edit::edit_message("progress_update", move |update| {
                time += 500;
                update["eta_ms"] = json!(time);
            })
        },
    )
}
