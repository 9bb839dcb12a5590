//! Envelope and payload have different timestamps.

use super::typed_payload;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.typed-other-timestamp",
        "Envelope and payload have different timestamps",
        "doors.typed-envelope",
        ReasonCode::WrongValue,
        || {
            typed_payload("query_accepted", |payload| {
                payload.insert("timestamp".to_owned(), "2026-01-01T00:00:00.000Z".into());
            })
        },
    )
}
