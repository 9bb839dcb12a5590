//! The last event comes with every poll.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.last-event-again",
        "the last event comes with every poll",
        "polling.nothing-new",
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
