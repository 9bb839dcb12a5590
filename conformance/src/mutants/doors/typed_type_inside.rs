//! The payload of an event has its type too.

use super::typed_payload;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.typed-type-inside",
        "The payload of an event has its type too",
        "doors.typed-envelope",
        ReasonCode::Unexpected,
        || {
            typed_payload("query_accepted", |payload| {
                payload.insert("type".to_owned(), "query_accepted".into());
            })
        },
    )
}
