//! A full queue gives another reason.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.queue-another-reason",
        "a full queue gives another reason",
        "commands.queue-full",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |error| {
                error["details"]["reason"] = json!("busy");
            })
        },
    )
}
