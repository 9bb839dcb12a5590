//! An unknown event name is confirmed.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.unknown-name-taken",
        "an unknown event name is confirmed",
        "session.subscribe-unknown",
        ReasonCode::Unexpected,
        || {
            edit::edit_message("subscribed", |answer| {
                let unknown = answer["rejected"].as_array().cloned().unwrap_or_default();
                if let Some(events) = answer["events"].as_array_mut() {
                    events.extend(unknown);
                }
            })
        },
    )
}
