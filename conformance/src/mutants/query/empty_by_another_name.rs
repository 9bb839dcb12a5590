//! The reason of an empty question has another name.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.empty-by-another-name",
        "the reason of an empty question has another name",
        "query.rejects-empty",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |message| {
                if message["details"]["reason"] == "empty" {
                    message["details"]["reason"] = json!("blank");
                }
            })
        },
    )
}
