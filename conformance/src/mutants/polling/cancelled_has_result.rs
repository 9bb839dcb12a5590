//! A cancelled transaction has a result.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.cancelled-has-result",
        "a cancelled transaction has a result",
        "polling.cancelled",
        ReasonCode::Unexpected,
        || {
            bodies("/api/transactions/", |body| {
                body["result"] = json!({"rows": []});
            })
        },
    )
}
