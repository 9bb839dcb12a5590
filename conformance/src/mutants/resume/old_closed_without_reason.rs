//! The old connection is closed without the reason.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.old-closed-without-reason",
        "the old connection is closed without the reason",
        "resume.superseded",
        ReasonCode::WrongCloseReason,
        || edit::edit_close(|code, _| (code, String::new())),
    )
}
