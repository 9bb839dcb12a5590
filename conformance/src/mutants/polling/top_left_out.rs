//! Resumed has no top.

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.top-left-out",
        "resumed has no top",
        "polling.resumed-fields",
        ReasonCode::Missing,
        || {
            bodies("/api/progress/", |body| {
                body["resumed"].as_object_mut().map(|fields| fields.remove("top"));
            })
        },
    )
}
