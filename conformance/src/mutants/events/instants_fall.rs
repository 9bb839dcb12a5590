//! Progress events run backwards.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.instants-fall",
        "progress events run backwards",
        "events.instants",
        ReasonCode::WrongOrder,
        || {
            let mut hour = 23;
            edit::edit_message("progress_update", move |update| {
                if let Some(events) = update["progress_events"].as_array_mut() {
                    for event in events {
                        event["timestamp"] = json!(format!("2026-01-01T{hour:02}:00:00.000Z"));
                        hour -= 1;
                    }
                }
            })
        },
    )
}
