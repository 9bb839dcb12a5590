//! Polled events lack their session.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.polled-without-session",
        "polled events lack their session",
        "polling.equal-to-socket",
        ReasonCode::WrongValue,
        || {
            bodies("/api/progress/", |body| {
                let events = body["events"].as_array_mut();
                events.into_iter().flatten().for_each(|event| event["session_id"] = json!("another"));
            })
        },
    )
}
