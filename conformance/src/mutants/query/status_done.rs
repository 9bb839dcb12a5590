//! The result has another status.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.status-done",
        "the result has another status",
        "query.minimal",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("query_result", |message| {
                message["status"] = json!("success");
            })
        },
    )
}
