//! The result names another session.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.session-left-out",
        "the result names another session",
        "resume.epoch-and-session",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("query_result", |message| {
                message["session_id"] = json!("session_1_a");
            })
        },
    )
}
