//! What is gone has a reason of its own.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.gone-reason-own",
        "what is gone has a reason of its own",
        "resume.all-or-nothing",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("resumed", |message| {
                message["reason"] = json!("LOST");
            })
        },
    )
}
