//! A malformed place is called invalid JSON.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.malformed-as-json",
        "a malformed place is called invalid JSON",
        "resume.malformed",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |message| {
                message["code"] = json!("INVALID_JSON");
            })
        },
    )
}
