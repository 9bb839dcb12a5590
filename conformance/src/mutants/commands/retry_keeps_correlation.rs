//! A retried query keeps the first query's correlation_id.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.retry-keeps-correlation",
        "a retried query keeps the first query's correlation_id",
        "commands.retry-ids",
        ReasonCode::Unexpected,
        || {
            edit::edit_message("*", |message| {
                if message["id"] == "c-retry" && message.get("action").is_none() {
                    message["correlation_id"] = json!("old");
                }
            })
        },
    )
}
