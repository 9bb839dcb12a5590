//! The last row of the first part is lost.

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.row-lost",
        "the last row of the first part is lost",
        "query.stream-whole",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("partial_result", |message| {
                if message["sequence"] == 0
                    && let Some(rows) = message.get_mut("rows").and_then(Value::as_array_mut)
                {
                    rows.pop();
                }
            })
        },
    )
}
