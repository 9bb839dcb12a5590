//! The epoch has a colon.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.epoch-with-colon",
        "the epoch has a colon",
        "session.position",
        ReasonCode::WrongValue,
        || edit::edit_message("connection_acknowledged", |ack| ack["epoch"] = "2026-01-01T00:00:00Z".into()),
    )
}
