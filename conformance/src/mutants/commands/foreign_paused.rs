//! Another session's query is commanded.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.foreign-paused",
        "another session's query is commanded",
        "commands.foreign-transaction",
        ReasonCode::Accepted,
        || {
            {
                edit::on_message("error", |_, mut error| {
                    if error["code"] != "NOT_FOUND" {
                        return Action::Pass;
                    }
                    error["type"] = json!("command_result");
                    error["status"] = json!("paused");
                    Action::replace(Message::json(&error))
                })
            }
        },
    )
}
