//! A cancelled transaction is told as failed.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.cancelled-as-failed",
        "a cancelled transaction is told as failed",
        "polling.cancelled",
        ReasonCode::WrongValue,
        || {
            bodies("/api/transactions/", |body| {
                if body["status"] == "cancelled" {
                    body["status"] = json!("failed");
                }
            })
        },
    )
}
