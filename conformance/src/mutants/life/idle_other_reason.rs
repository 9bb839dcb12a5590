//! An idle connection is closed without a reason.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.idle-other-reason",
        "an idle connection is closed without a reason",
        "life.idle-close",
        ReasonCode::WrongCloseReason,
        || edit::edit_close(|code, _| (code, String::new())),
    )
}
