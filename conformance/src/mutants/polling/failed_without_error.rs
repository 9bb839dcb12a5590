//! A failed transaction has no error.

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.failed-without-error",
        "a failed transaction has no error",
        "polling.failed",
        ReasonCode::Missing,
        || {
            bodies("/api/transactions/", |body| {
                body.as_object_mut().map(|fields| fields.remove("error"));
            })
        },
    )
}
