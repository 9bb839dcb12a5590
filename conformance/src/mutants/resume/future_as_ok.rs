//! An offset ahead is taken for nothing missed.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.future-as-ok",
        "an offset ahead is taken for nothing missed",
        "resume.future-offset",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("resumed", |message| {
                message["recovered"] = json!(true);
                message["reason"] = json!("OK");
            })
        },
    )
}
