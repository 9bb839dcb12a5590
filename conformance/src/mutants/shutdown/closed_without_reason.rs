//! Who is left is closed without a reason.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.closed-without-reason",
        "who is left is closed without a reason",
        "shutdown.closes",
        ReasonCode::WrongCloseReason,
        || edit::edit_close(|code, _| (code, String::new())),
    )
}
