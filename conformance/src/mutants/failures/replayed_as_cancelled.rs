//! A replay knows of no errors, only of cancelled queries.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.replayed-as-cancelled",
        "a replay knows of no errors, only of cancelled queries",
        "failures.replayed",
        ReasonCode::WrongValue,
        || {
            let mut resumed = false;
            edit::server_messages(move |message: &Message| {
                let Some(mut value) = message.to_json() else { return Action::Pass };
                resumed |= value["type"] == "resumed";
                if value["type"] != "error" || !resumed {
                    return Action::Pass;
                }
                value["type"] = json!("query_cancelled");
                Action::replace(Message::json(&value))
            })
        },
    )
}
