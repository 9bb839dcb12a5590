//! Any subscribe subscribes everything.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.all-subscribed",
        "any subscribe subscribes everything",
        "session.subscribe",
        ReasonCode::Unexpected,
        || {
            edit::edit_message("subscribed", |answer| {
                if let Some(active) = answer["active"].as_array_mut() {
                    active.push("partial_result".into());
                }
            })
        },
    )
}
