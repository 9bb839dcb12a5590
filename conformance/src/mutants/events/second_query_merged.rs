//! A second query is told as the first.

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.second-query-merged",
        "a second query is told as the first",
        "events.two-queries",
        ReasonCode::Duplicate,
        || {
            let mut first = Value::Null;
            edit::edit_message("query_result", move |result| {
                if first.is_null() {
                    first = result["transaction_id"].clone();
                }
                result["transaction_id"] = first.clone();
            })
        },
    )
}
