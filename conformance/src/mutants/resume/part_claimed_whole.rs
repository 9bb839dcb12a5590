//! What is gone is called recovered.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.part-claimed-whole",
        "what is gone is called recovered",
        "resume.all-or-nothing",
        ReasonCode::Lost,
        || {
            edit::edit_message("resumed", |message| {
                message["recovered"] = json!(true);
                message["from"] = json!(1);
                message["to"] = message["top"].clone();
            })
        },
    )
}
