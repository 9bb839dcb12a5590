//! A malformed id in the path is FORBIDDEN.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.malformed-path-forbidden",
        "A malformed id in the path is FORBIDDEN",
        "doors.progress-malformed",
        ReasonCode::WrongValue,
        || edit::edit_message("error", |error| error["code"] = "FORBIDDEN".into()),
    )
}
