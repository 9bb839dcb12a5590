//! Another epoch is judged by its offset.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.epoch-unread",
        "another epoch is judged by its offset",
        "resume.epoch-mismatch",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("resumed", |message| {
                message["reason"] = json!("FUTURE_OFFSET");
            })
        },
    )
}
