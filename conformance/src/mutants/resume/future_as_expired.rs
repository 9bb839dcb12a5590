//! An offset ahead is called expired.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.future-as-expired",
        "an offset ahead is called expired",
        "resume.future-offset",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("resumed", |message| {
                message["reason"] = json!("EXPIRED");
            })
        },
    )
}
