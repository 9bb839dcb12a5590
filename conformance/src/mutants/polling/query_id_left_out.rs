//! A transaction lacks its query_id.

use super::bodies;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.query-id-left-out",
        "a transaction lacks its query_id",
        "polling.query-id",
        ReasonCode::Missing,
        || {
            bodies("/api/transactions/", |body| {
                body.as_object_mut().map(|fields| fields.remove("query_id"));
            })
        },
    )
}
