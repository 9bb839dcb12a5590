//! Connection_established is never sent.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.no-established",
        "connection_established is never sent",
        "handshake.established-first",
        ReasonCode::Missing,
        || edit::drop_message("connection_established"),
    )
}
