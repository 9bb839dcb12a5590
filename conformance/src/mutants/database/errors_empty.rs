//! Why not is not said.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.errors-empty",
        "why not is not said",
        "database.validate-bad",
        ReasonCode::Missing,
        || {
            bodies("/api/database/validate", |body| {
                body["errors"] = json!([]);
            })
        },
    )
}
