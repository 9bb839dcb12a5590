//! A server that drains says it is healthy.

use serde_json::json;

use super::answers;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.still-healthy",
        "a server that drains says it is healthy",
        "shutdown.health",
        ReasonCode::WrongValue,
        || {
            answers("/health", |response| {
                if let Some(mut body) = response.json() {
                    body["status"] = json!("healthy");
                    response.set_body(body.to_string());
                }
            })
        },
    )
}
