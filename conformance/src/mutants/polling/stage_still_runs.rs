//! The last stage still runs.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.stage-still-runs",
        "the last stage still runs",
        "polling.settled",
        ReasonCode::WrongValue,
        || {
            bodies("/api/transactions/", |body| {
                if body["status"] == "completed" {
                    body["execution_order"][2]["status"] = json!("running");
                }
            })
        },
    )
}
