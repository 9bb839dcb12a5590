//! What was unsubscribed stays active.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.active-never-shrinks",
        "what was unsubscribed stays active",
        "session.active-shrinks",
        ReasonCode::Unexpected,
        || {
            edit::edit_message("unsubscribed", |answer| {
                let gone = answer["events"].as_array().cloned().unwrap_or_default();
                if let Some(active) = answer["active"].as_array_mut() {
                    active.extend(gone);
                }
            })
        },
    )
}
