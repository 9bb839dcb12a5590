//! The notice has an offset.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.notice-has-offset",
        "the notice has an offset",
        "shutdown.all-told",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("server_shutting_down", |notice| {
                notice["offset"] = json!(1);
            })
        },
    )
}
