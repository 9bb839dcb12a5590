//! Parts have more than 500 rows.

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.parts-too-large",
        "parts have more than 500 rows",
        "query.stream-part-size",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("partial_result", |message| {
                let more = message["rows"].as_array().cloned().unwrap_or_default();
                if let Some(rows) = message.get_mut("rows").and_then(Value::as_array_mut) {
                    rows.extend(more);
                }
            })
        },
    )
}
