//! Nothing is valid.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.never-valid",
        "nothing is valid",
        "database.validate",
        ReasonCode::WrongValue,
        || {
            bodies("/api/database/validate", |body| {
                body["valid"] = json!(false);
            })
        },
    )
}
