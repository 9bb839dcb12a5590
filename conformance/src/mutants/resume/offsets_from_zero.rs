//! Offsets start at 0.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.offsets-from-zero",
        "offsets start at 0",
        "resume.offsets",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("*", |message| {
                if let Some(offset) = message["offset"].as_u64() {
                    message["offset"] = json!(offset.saturating_sub(1));
                }
            })
        },
    )
}
