//! The result of a stream lacks a row.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.stream-rows-cut",
        "the result of a stream lacks a row",
        "sse.equal-to-answer",
        ReasonCode::WrongValue,
        || {
            edit::edit_event("query_result", |result| {
                if let Some(rows) = result["rows"].as_array_mut() {
                    rows.pop();
                }
            })
        },
    )
}
