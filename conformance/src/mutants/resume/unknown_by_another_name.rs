//! A session nobody knew gives a reason of its own.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.unknown-by-another-name",
        "a session nobody knew gives a reason of its own",
        "resume.unknown-session",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("resumed", |resumed| {
                if resumed["top"] == 0 {
                    resumed["reason"] = json!("UNKNOWN_SESSION");
                }
            })
        },
    )
}
