//! In the typed dialect command_result comes flat.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.typed-result-flat",
        "in the typed dialect command_result comes flat",
        "commands.typed",
        ReasonCode::WrongValue,
        || {
            edit::on_message("command_result", |_, mut value| {
                if value["type"] != "event" {
                    return Action::Pass;
                }
                let mut flat = value["payload"].take();
                flat["type"] = json!("command_result");
                flat["id"] = value["id"].take();
                Action::replace(Message::json(&flat))
            })
        },
    )
}
