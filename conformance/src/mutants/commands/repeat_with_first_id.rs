//! A repeated query is answered with the first one's id.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.repeat-with-first-id",
        "a repeated query is answered with the first one's id",
        "commands.repeat-ids",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("query_accepted", |accepted| {
                if accepted["duplicate"] == true {
                    accepted["id"] = json!("first");
                }
            })
        },
    )
}
