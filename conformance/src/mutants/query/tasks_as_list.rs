//! Current_tasks is a list.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.tasks-as-list",
        "current_tasks is a list",
        "query.tasks",
        ReasonCode::WrongType,
        || {
            edit::edit_message("progress_update", |message| {
                message["current_tasks"] = json!(["Processing NLP..."]);
            })
        },
    )
}
