//! Too many events are told as too large ones.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.too-many-as-trimmed",
        "too many events are told as too large ones",
        "resume.too-many",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("resumed", |resumed| {
                if resumed["reason"] == "TOO_MANY" {
                    resumed["reason"] = json!("TRIMMED");
                }
            })
        },
    )
}
