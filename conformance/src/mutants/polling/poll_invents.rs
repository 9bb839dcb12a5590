//! An empty session has events.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.poll-invents",
        "an empty session has events",
        "polling.poll-at-once",
        ReasonCode::WrongValue,
        || {
            bodies("/api/progress/", |body| {
                if body["events"] == json!([]) {
                    body["events"] = json!([{"type": "query_result"}]);
                }
            })
        },
    )
}
