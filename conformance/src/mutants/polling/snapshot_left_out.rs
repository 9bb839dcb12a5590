//! No snapshot stands beside it.

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.snapshot-left-out",
        "no snapshot stands beside it",
        "polling.other-epoch",
        ReasonCode::Missing,
        || {
            bodies("/api/progress/", |body| {
                body.as_object_mut().map(|fields| fields.remove("session_snapshot"));
            })
        },
    )
}
