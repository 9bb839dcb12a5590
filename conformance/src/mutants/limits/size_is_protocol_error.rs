//! Messages over the limit are refused with another code.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.size-is-protocol-error",
        "a message over the limit is refused with 1002",
        "limits.message-size",
        ReasonCode::WrongCloseCode,
        || edit::edit_close(|code, reason| (if code == 1009 { 1002 } else { code }, reason.to_owned())),
    )
}
