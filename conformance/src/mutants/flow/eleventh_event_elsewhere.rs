//! The eleventh event of a session names another session.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "flow.eleventh-event-elsewhere",
        "the eleventh event of a session names another session",
        "flow.everything",
        ReasonCode::Leak,
        || {
            edit::edit_message("*", |message| {
                if message["offset"] == 11 {
                    message["session_id"] = json!("session_of_somebody_else");
                }
            })
        },
    )
}
