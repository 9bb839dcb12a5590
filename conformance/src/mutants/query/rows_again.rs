//! The result repeats rows that were streamed.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.rows-again",
        "the result repeats rows that were streamed",
        "query.stream-whole",
        ReasonCode::Duplicate,
        || {
            edit::edit_message("query_result", |message| {
                message["rows"] = json!([["Daniel Lambert", 6_808_842]]);
            })
        },
    )
}
