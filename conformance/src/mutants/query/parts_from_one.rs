//! Parts are numbered from 1.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.parts-from-one",
        "parts are numbered from 1",
        "query.stream-sequence",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("partial_result", |message| {
                message["sequence"] = json!(message["sequence"].as_u64().unwrap_or_default() + 1);
            })
        },
    )
}
