//! The reason of a rejection is missing.

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.empty-without-reason",
        "the reason of a rejection is missing",
        "query.rejects-empty",
        ReasonCode::Missing,
        || {
            edit::edit_message("error", |message| {
                if let Some(details) = message.get_mut("details").and_then(Value::as_object_mut) {
                    details.remove("reason");
                }
            })
        },
    )
}
