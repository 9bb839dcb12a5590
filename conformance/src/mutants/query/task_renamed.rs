//! The data stage names its first task otherwise.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.task-renamed",
        "the data stage names its first task otherwise",
        "query.first-tasks",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("progress_update", |message| {
                if message["current_agent"] == "data" {
                    message["current_tasks"] = json!({"data": ["Running SQL"]});
                }
            })
        },
    )
}
