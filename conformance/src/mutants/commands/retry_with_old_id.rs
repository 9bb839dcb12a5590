//! A retried query's messages carry the first query's id.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.retry-with-old-id",
        "a retried query's messages carry the first query's id",
        "commands.retry-ids",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("*", |message| {
                if message["id"] == "c-retry" && message.get("action").is_none() {
                    message["id"] = json!("of-the-query");
                }
            })
        },
    )
}
