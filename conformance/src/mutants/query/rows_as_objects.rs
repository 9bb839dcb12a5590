//! Rows are objects.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.rows-as-objects",
        "rows are objects",
        "query.result-table",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("query_result", |message| {
                if let Some(row) = message.pointer_mut("/rows/0") {
                    *row = json!({"month": "2024-01"});
                }
            })
        },
    )
}
