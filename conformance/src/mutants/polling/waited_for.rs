//! 202 comes when the query is over.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.waited-for",
        "202 comes when the query is over",
        "polling.at-once",
        ReasonCode::Late,
        || {
            bodies("/api/query", |body| {
                body["status"] = json!("completed");
            })
        },
    )
}
