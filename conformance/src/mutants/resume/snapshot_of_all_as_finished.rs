//! The snapshot has what runs among the finished too.

use serde_json::{Value, json};

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.snapshot-of-all-as-finished",
        "the snapshot has what runs among the finished too",
        "resume.snapshot",
        ReasonCode::Duplicate,
        || {
            edit::edit_message("session_snapshot", |message| {
                let mut running = message["running"].as_array().cloned().unwrap_or_default();
                running.iter_mut().for_each(|told| told["status"] = json!("completed"));
                if let Some(finished) = message.get_mut("finished").and_then(Value::as_array_mut) {
                    finished.extend(running);
                }
            })
        },
    )
}
