//! A whole result is as large as its rows.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.whole-unbounded",
        "a whole result is as large as its rows",
        "query.whole-size",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("query_result", |result| {
                if let Some(rows) = result["rows"].as_array_mut() {
                    rows.push(json!(["x".repeat(520 * 1024)]));
                }
            })
        },
    )
}
