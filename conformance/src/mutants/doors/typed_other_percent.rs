//! The typed dialect rounds.

use super::typed_payload;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.typed-other-percent",
        "The typed dialect rounds",
        "doors.dialects-equal",
        ReasonCode::WrongValue,
        || {
            typed_payload("progress_update", |payload| {
                payload.insert("percent".to_owned(), (-1).into());
            })
        },
    )
}
