//! The timeout of the handshake is 1000.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.timeout-other-code",
        "The timeout of the handshake is 1000",
        "handshake.required-timeout",
        ReasonCode::WrongCloseCode,
        || edit::edit_close(|_, reason| (1000, reason.to_owned())),
    )
}
