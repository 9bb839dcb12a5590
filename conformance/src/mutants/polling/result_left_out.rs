//! A completed transaction has no result.

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.result-left-out",
        "a completed transaction has no result",
        "polling.result",
        ReasonCode::Missing,
        || {
            bodies("/api/transactions/", |body| {
                body.as_object_mut().map(|fields| fields.remove("result"));
            })
        },
    )
}
