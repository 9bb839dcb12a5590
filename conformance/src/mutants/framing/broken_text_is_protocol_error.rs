//! Broken text is refused with another code.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.broken-text-is-protocol-error",
        "text that is not UTF-8 is refused with 1002",
        "framing.utf8",
        ReasonCode::WrongCloseCode,
        || edit::edit_close(|code, reason| (if code == 1007 { 1002 } else { code }, reason.to_owned())),
    )
}
