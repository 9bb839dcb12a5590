//! Goals are one text.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.goals-as-text",
        "goals are one text",
        "events.belief-fields",
        ReasonCode::WrongType,
        || {
            edit::edit_message("belief_state", |state| {
                state["goals"] = json!("answer");
            })
        },
    )
}
