//! Tables are not validated.

use serde_json::json;

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.tables-unread",
        "tables are not validated",
        "database.validate-table",
        ReasonCode::WrongValue,
        || {
            bodies("/api/database/validate", |body| {
                body["valid"] = json!(true);
            })
        },
    )
}
