//! A row has one value less than there are columns.

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.row-cut",
        "a row has one value less than there are columns",
        "query.result-table",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("query_result", |message| {
                if let Some(row) = message.pointer_mut("/rows/0").and_then(Value::as_array_mut) {
                    row.pop();
                }
            })
        },
    )
}
