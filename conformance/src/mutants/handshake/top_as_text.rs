//! Top is written as text.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.top-as-text",
        "top is written as text",
        "handshake.established-fields",
        ReasonCode::WrongType,
        || edit::edit_message("connection_established", |message| message["top"] = "0".into()),
    )
}
