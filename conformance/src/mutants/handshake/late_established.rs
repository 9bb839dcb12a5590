//! Connection_established comes after more than two seconds.

use std::time::Duration;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.late-established",
        "connection_established comes after more than two seconds",
        "handshake.established-first",
        ReasonCode::Late,
        || edit::delay_message("connection_established", Duration::from_millis(2_300)),
    )
}
