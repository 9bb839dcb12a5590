//! The payload of an event repeats the type.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.typed-type-in-payload",
        "the payload of an event repeats the type",
        "query.typed-events",
        ReasonCode::Unexpected,
        || {
            edit::edit_message("progress_update", |message| {
                message["type"] = json!("progress_update");
            })
        },
    )
}
