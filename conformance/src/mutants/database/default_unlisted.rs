//! The default is none of the list.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.default-unlisted",
        "the default is none of the list",
        "database.list",
        ReasonCode::WrongValue,
        || {
            bodies("/api/database/list", |body| {
                body["default"] = json!("another");
            })
        },
    )
}
