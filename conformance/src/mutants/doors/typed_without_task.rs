//! The typed dialect leaves a field out.

use super::typed_payload;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.typed-without-task",
        "The typed dialect leaves a field out",
        "doors.dialects-equal",
        ReasonCode::Missing,
        || {
            typed_payload("progress_update", |payload| {
                payload.shift_remove("eta_ms");
            })
        },
    )
}
