//! An internal error shows where the server broke.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.internal-backtrace",
        "an internal error shows where the server broke",
        "failures.internal-plain",
        ReasonCode::Leak,
        || {
            edit::edit_message("error", |error| {
                error["message"] = json!("panicked at src/workflow/runner.rs:117:9");
            })
        },
    )
}
