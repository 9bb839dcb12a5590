//! Every update repeats all events so far.

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.events-repeated",
        "every update repeats all events so far",
        "query.progress-events",
        ReasonCode::Duplicate,
        || {
            let mut all: Vec<Value> = Vec::new();
            edit::edit_message("progress_update", move |update| {
                all.extend(update["progress_events"].as_array().cloned().unwrap_or_default());
                update["progress_events"] = Value::from(all.clone());
            })
        },
    )
}
