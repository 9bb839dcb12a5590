//! The chat door speaks the typed dialect.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.chat-typed",
        "The chat door speaks the typed dialect",
        "doors.chat",
        ReasonCode::WrongValue,
        || edit::edit_message("connection_established", |greeting| greeting["dialect"] = "typed".into()),
    )
}
