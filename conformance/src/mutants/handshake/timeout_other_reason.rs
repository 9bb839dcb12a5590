//! The timeout of the handshake has another reason.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.timeout-other-reason",
        "The timeout of the handshake has another reason",
        "handshake.required-timeout",
        ReasonCode::WrongCloseReason,
        || edit::edit_close(|code, _| (code, "Timeout".to_owned())),
    )
}
