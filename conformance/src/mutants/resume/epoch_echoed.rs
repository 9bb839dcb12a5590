//! The client's epoch is echoed.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.epoch-echoed",
        "the client's epoch is echoed",
        "resume.epoch-mismatch",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("resumed", |message| {
                message["epoch"] = json!("no-such-epoch");
            })
        },
    )
}
