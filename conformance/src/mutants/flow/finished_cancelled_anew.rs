//! A query whose cancelling was confirmed ends with its result.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "flow.cancelled-completes",
        "a query whose cancelling was confirmed ends with its result",
        "flow.commands",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("query_cancelled", |cancelled| {
                cancelled["type"] = json!("query_result");
                cancelled["status"] = json!("completed");
            })
        },
    )
}
