//! The tasks of an agent are one text.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.task-as-text",
        "the tasks of an agent are one text",
        "query.tasks",
        ReasonCode::WrongType,
        || {
            edit::edit_message("progress_update", |message| {
                message["current_tasks"] = json!({"nlp": "Processing NLP..."});
            })
        },
    )
}
