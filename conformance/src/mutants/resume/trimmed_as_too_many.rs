//! Too large events are told as too many.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.trimmed-as-too-many",
        "too large events are told as too many",
        "resume.trimmed",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("resumed", |resumed| {
                if resumed["reason"] == "TRIMMED" {
                    resumed["reason"] = json!("TOO_MANY");
                }
            })
        },
    )
}
