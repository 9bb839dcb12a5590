//! A resume of a cancelled query says that it runs.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.cancelled-revived",
        "a resume of a cancelled query says that it runs",
        "commands.cancelled-stays",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("command_result", |result| {
                if result["action"] == "resume" {
                    result["status"] = json!("running");
                }
            })
        },
    )
}
