//! The old result is published anew, with a new offset.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.duplicate-published-anew",
        "the old result is published anew, with a new offset",
        "query.same-query-id",
        ReasonCode::WrongValue,
        || {
            let mut results = 0;
            edit::edit_message("query_result", move |result| {
                results += 1;
                if results > 1 {
                    result["offset"] = json!(result["offset"].as_u64().unwrap_or_default() + 1);
                }
            })
        },
    )
}
