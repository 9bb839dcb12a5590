//! Every connection of a session is told another epoch.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.epoch-per-connection",
        "every connection of a session is told another epoch",
        "session.shared",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("connection_acknowledged", |ack| {
                let epoch = ack["epoch"].as_str().unwrap_or_default();
                ack["epoch"] = format!("{epoch}-{:08x}", rand::random::<u32>()).into();
            })
        },
    )
}
