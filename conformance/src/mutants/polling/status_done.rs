//! A finished transaction has status done.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.status-done",
        "a finished transaction has status done",
        "polling.fields",
        ReasonCode::WrongValue,
        || {
            bodies("/api/transactions/", |body| {
                if body["status"] == "completed" {
                    body["status"] = json!("done");
                }
            })
        },
    )
}
