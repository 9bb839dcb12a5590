//! The time to come back is text.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.time-in-words",
        "the time to come back is text",
        "shutdown.announced",
        ReasonCode::WrongType,
        || {
            edit::edit_message("server_shutting_down", |notice| {
                notice["reconnect_after_ms"] = json!("soon");
            })
        },
    )
}
