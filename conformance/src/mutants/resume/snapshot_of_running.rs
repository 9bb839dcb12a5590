//! The snapshot forgets what is finished.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.snapshot-of-running",
        "the snapshot forgets what is finished",
        "resume.snapshot",
        ReasonCode::Missing,
        || {
            edit::edit_message("session_snapshot", |message| {
                message["finished"] = json!([]);
            })
        },
    )
}
