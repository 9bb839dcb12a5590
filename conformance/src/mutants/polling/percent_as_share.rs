//! Percent is a share of 1.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.percent-as-share",
        "percent is a share of 1",
        "polling.fields",
        ReasonCode::WrongType,
        || {
            bodies("/api/transactions/", |body| {
                body["percent"] = json!("100 %");
            })
        },
    )
}
