//! Over HTTP the context is not read.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.http-context-unread",
        "over HTTP the context is not read",
        "database.over-http",
        ReasonCode::WrongValue,
        || {
            bodies("/api/query", |body| {
                body["database_context"]["source"] = json!("default");
            })
        },
    )
}
