//! A selection does not say its end.

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.select-without-end",
        "a selection does not say its end",
        "database.select",
        ReasonCode::Missing,
        || {
            bodies("/api/database/select", |body| {
                body.as_object_mut().map(|fields| fields.remove("expires_at"));
            })
        },
    )
}
