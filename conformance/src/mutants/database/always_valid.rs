//! Everything is valid.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.always-valid",
        "everything is valid",
        "database.validate-bad",
        ReasonCode::WrongValue,
        || {
            bodies("/api/database/validate", |body| {
                body["valid"] = json!(true);
            })
        },
    )
}
