//! A failed query is said to be cancelled.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.failed-as-cancelled",
        "a failed query is said to be cancelled",
        "failures.state",
        ReasonCode::WrongValue,
        || edit::edit_message("command_result", |result| result["status"] = json!("cancelled")),
    )
}
