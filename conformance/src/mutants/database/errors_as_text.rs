//! Errors are texts.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.errors-as-text",
        "errors are texts",
        "database.validate-bad",
        ReasonCode::Missing,
        || {
            bodies("/api/database/validate", |body| {
                body["errors"] = json!(["no such database"]);
            })
        },
    )
}
