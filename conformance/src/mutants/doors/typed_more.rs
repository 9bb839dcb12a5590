//! The typed dialect has a field more.

use super::typed_payload;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.typed-more",
        "The typed dialect has a field more",
        "doors.dialects-equal",
        ReasonCode::Unexpected,
        || {
            typed_payload("query_accepted", |payload| {
                payload.insert("dialect".to_owned(), "typed".into());
            })
        },
    )
}
