//! The demo doors claim the named dialect.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.demo-named",
        "the demo doors claim the named dialect",
        "handshake.demo-doors",
        ReasonCode::WrongValue,
        || edit::edit_message("connection_established", |message| message["dialect"] = "named".into()),
    )
}
