//! The start of viz is not told.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.viz-start-untold",
        "the start of viz is not told",
        "events.starts-told",
        ReasonCode::Missing,
        || {
            edit::edit_message("progress_update", |update| {
                if let Some(events) = update["progress_events"].as_array_mut() {
                    events.retain(|event| event["agent"] != "viz");
                }
            })
        },
    )
}
