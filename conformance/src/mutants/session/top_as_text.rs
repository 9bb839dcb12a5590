//! Top is a text.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire("session.top-as-text", "top is a text", "session.position", ReasonCode::WrongType, || {
        edit::edit_message("connection_acknowledged", |ack| {
            let text = ack["top"].to_string();
            ack["top"] = text.into();
        })
    })
}
