//! No update has any event.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.events-never",
        "no update has any event",
        "query.progress-events",
        ReasonCode::Missing,
        || {
            edit::edit_message("progress_update", |message| {
                message["progress_events"] = json!([]);
            })
        },
    )
}
