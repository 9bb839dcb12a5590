//! Resumed tells the offset asked with as its first.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.from-off-by-one",
        "resumed tells the offset asked with as its first",
        "resume.fields",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("resumed", |message| {
                message["from"] = json!(message["from"].as_u64().unwrap_or_default().saturating_sub(1));
            })
        },
    )
}
