//! A finished transaction is at 90 per cent.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.percent-of-90",
        "a finished transaction is at 90 per cent",
        "polling.percent",
        ReasonCode::WrongValue,
        || {
            bodies("/api/transactions/", |body| {
                if body["percent"] == 100 {
                    body["percent"] = json!(99);
                }
            })
        },
    )
}
