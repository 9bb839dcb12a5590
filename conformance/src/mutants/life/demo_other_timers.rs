//! A demo door announces other timers.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.demo-other-timers",
        "A demo door announces other timers",
        "life.timers-same",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("connection_established", |greeting| {
                if greeting["dialect"] == "typed" {
                    greeting["timers"]["ping_interval_ms"] = 7.into();
                }
            })
        },
    )
}
