//! A selection ends in the past.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.select-expired",
        "a selection ends in the past",
        "database.select",
        ReasonCode::WrongValue,
        || {
            bodies("/api/database/select", |body| {
                body["expires_at"] = json!("2001-01-01T00:00:00.000Z");
            })
        },
    )
}
