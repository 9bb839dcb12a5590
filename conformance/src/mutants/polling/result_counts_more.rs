//! The result counts a row too many.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.result-counts-more",
        "the result counts a row too many",
        "polling.result",
        ReasonCode::WrongValue,
        || {
            bodies("/api/transactions/", |body| {
                if let Some(count) = body["result"]["row_count"].as_u64() {
                    body["result"]["row_count"] = json!(count + 1);
                }
            })
        },
    )
}
