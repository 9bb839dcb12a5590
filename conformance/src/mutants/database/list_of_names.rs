//! Tables are left out.

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.list-of-names",
        "tables are left out",
        "database.list",
        ReasonCode::Missing,
        || {
            bodies("/api/database/list", |body| {
                let all = body["databases"].as_array_mut();
                all.into_iter().flatten().for_each(|known| {
                    known.as_object_mut().map(|fields| fields.remove("tables"));
                });
            })
        },
    )
}
