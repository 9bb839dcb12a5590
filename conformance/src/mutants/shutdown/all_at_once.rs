//! All are sent back at the same time.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.all-at-once",
        "all are sent back at the same time",
        "shutdown.spread",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("server_shutting_down", |notice| {
                notice["reconnect_after_ms"] = json!(100);
            })
        },
    )
}
