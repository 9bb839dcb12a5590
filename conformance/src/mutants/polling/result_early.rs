//! A running transaction has a result.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.result-early",
        "a running transaction has a result",
        "polling.no-result-before",
        ReasonCode::Early,
        || {
            bodies("/api/transactions/", |body| {
                if body["status"] == "running" {
                    body["result"] = json!({"rows": []});
                }
            })
        },
    )
}
