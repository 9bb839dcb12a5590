//! A poll brings no events.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.events-left-out",
        "a poll brings no events",
        "polling.from-begin",
        ReasonCode::Missing,
        || {
            bodies("/api/progress/", |body| {
                body["events"] = json!([]);
            })
        },
    )
}
