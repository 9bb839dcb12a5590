//! A retry of what runs is refused for another reason.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.unfinished-another-reason",
        "a retry of what runs is refused for another reason",
        "commands.retry-unfinished",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |error| {
                if error["code"] == "QUERY_REJECTED" {
                    error["details"]["reason"] = json!("running");
                }
            })
        },
    )
}
