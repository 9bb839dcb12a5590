//! Selected tables are forgotten.

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.tables-forgotten",
        "selected tables are forgotten",
        "database.select-tables",
        ReasonCode::Missing,
        || {
            bodies("/api/database/select", |body| {
                body["database_context"].as_object_mut().map(|fields| fields.remove("tables"));
            })
        },
    )
}
