//! Session_established is false.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.not-established",
        "session_established is false",
        "session.acknowledged",
        ReasonCode::WrongValue,
        || edit::edit_message("connection_acknowledged", |ack| ack["session_established"] = false.into()),
    )
}
