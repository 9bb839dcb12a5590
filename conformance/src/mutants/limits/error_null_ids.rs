//! Errors name ids nobody gave.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.error-null-ids",
        "an error has a null for each id that was not given",
        "limits.error-ids",
        ReasonCode::Unexpected,
        || {
            edit::edit_message("error", |error| {
                if error.get("query_id").is_none() {
                    error["query_id"] = serde_json::Value::Null;
                }
            })
        },
    )
}
