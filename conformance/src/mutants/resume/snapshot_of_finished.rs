//! The snapshot knows no running query.

use serde_json::{Value, json};

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.snapshot-of-finished",
        "the snapshot knows no running query",
        "resume.snapshot",
        ReasonCode::Missing,
        || {
            edit::edit_message("session_snapshot", |message| {
                message["running"] = json!([]);
                if let Some(finished) = message.get_mut("finished").and_then(Value::as_array_mut) {
                    finished.truncate(1);
                }
            })
        },
    )
}
