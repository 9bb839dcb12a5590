//! Too old events are told as too many.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.expired-as-too-many",
        "too old events are told as too many",
        "resume.expired",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("resumed", |resumed| {
                if resumed["reason"] == "EXPIRED" {
                    resumed["reason"] = json!("TOO_MANY");
                }
            })
        },
    )
}
