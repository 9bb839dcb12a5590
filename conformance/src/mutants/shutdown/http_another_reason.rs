//! A query while draining has another reason.

use serde_json::json;

use super::answers;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.http-another-reason",
        "a query while draining has another reason",
        "shutdown.http-queries",
        ReasonCode::WrongValue,
        || {
            answers("/api/query", |response| {
                if let Some(mut body) = response.json() {
                    body["details"]["reason"] = json!("busy");
                    response.set_body(body.to_string());
                }
            })
        },
    )
}
