//! A handshake is acknowledged twice.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.acknowledged-twice",
        "a handshake is acknowledged twice",
        "session.acknowledged",
        ReasonCode::Duplicate,
        || edit::duplicate_message("connection_acknowledged"),
    )
}
