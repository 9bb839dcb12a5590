//! The acceptance of a repeated query has an offset.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.repeat-has-offset",
        "the acceptance of a repeated query has an offset",
        "commands.repeat-no-event",
        ReasonCode::Unexpected,
        || {
            edit::edit_message("query_accepted", |accepted| {
                if accepted["duplicate"] == true {
                    accepted["offset"] = json!(7);
                }
            })
        },
    )
}
