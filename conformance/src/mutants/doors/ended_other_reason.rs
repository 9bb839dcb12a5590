//! The close of an ended session has the other reason.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.ended-other-reason",
        "The close of an ended session has the other reason",
        "doors.progress-ended",
        ReasonCode::WrongCloseReason,
        || edit::edit_close(|code, _| (code, "Invalid session".to_owned())),
    )
}
