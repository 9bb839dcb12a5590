//! Streams are not counted.

use serde_json::json;

use super::answers;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.stream-uncounted",
        "streams are not counted",
        "sse.counted",
        ReasonCode::WrongValue,
        || {
            answers("/api/sessions/", |response| {
                if let Some(mut body) = response.json() {
                    body["connections"] = json!(0);
                    response.set_body(body.to_string());
                }
            })
        },
    )
}
