//! Progress events have kinds of their own.

use serde_json::{Value, json};

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.event-kind-own",
        "progress events have kinds of their own",
        "query.progress-events",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("progress_update", |message| {
                if let Some(events) = message.get_mut("progress_events").and_then(Value::as_array_mut) {
                    for event in events {
                        event["event_type"] = json!("started");
                    }
                }
            })
        },
    )
}
