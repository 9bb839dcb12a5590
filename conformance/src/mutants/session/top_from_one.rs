//! Top is the offset of the next event instead of the newest.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.top-from-one",
        "top is the offset of the next event instead of the newest",
        "session.position",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("connection_acknowledged", |ack| {
                let next = ack["top"].as_u64().map(|top| top + 1);
                ack["top"] = next.into();
            })
        },
    )
}
