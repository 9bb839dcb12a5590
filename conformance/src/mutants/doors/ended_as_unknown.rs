//! An ended session is told like one that never was.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.ended-as-unknown",
        "An ended session is told like one that never was",
        "doors.progress-ended",
        ReasonCode::WrongValue,
        || edit::edit_message("error", |error| error["code"] = "INVALID_SESSION".into()),
    )
}
