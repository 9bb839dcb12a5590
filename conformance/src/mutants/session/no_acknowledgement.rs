//! A handshake is not answered.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.no-acknowledgement",
        "a handshake is not answered",
        "session.acknowledged",
        ReasonCode::Missing,
        || edit::drop_message("connection_acknowledged"),
    )
}
