//! The error of a selection has no hint.

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.select-without-hint",
        "the error of a selection has no hint",
        "database.select-unknown",
        ReasonCode::Missing,
        || {
            bodies("/api/database/select", |body| {
                body["details"].as_object_mut().map(|fields| fields.remove("hint"));
            })
        },
    )
}
