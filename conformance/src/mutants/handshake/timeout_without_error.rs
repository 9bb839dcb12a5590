//! The timeout of the handshake has no error.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.timeout-without-error",
        "The timeout of the handshake has no error",
        "handshake.required-timeout",
        ReasonCode::Closed,
        || edit::drop_message("error"),
    )
}
