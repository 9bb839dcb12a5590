//! Resumed has a reason of its own.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.resumed-reason-own",
        "resumed has a reason of its own",
        "resume.fields",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("resumed", |message| {
                message["reason"] = json!("RECOVERED");
            })
        },
    )
}
