//! What updates were merged of is lost.

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.merged-lost",
        "of the events that an update was merged of only the last is told",
        "query.progress-kept",
        ReasonCode::Missing,
        || {
            edit::edit_message("progress_update", |update| {
                if let Some(events) =
                    update["progress_events"].as_array_mut().filter(|events| events.len() > 1)
                {
                    let last: Option<Value> = events.pop();
                    *events = last.into_iter().collect();
                }
            })
        },
    )
}
