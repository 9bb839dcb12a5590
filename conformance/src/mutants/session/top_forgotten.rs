//! Top is 0 whatever has happened.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.top-forgotten",
        "top is 0 whatever has happened",
        "session.top",
        ReasonCode::WrongValue,
        || edit::edit_message("connection_acknowledged", |ack| ack["top"] = 0.into()),
    )
}
