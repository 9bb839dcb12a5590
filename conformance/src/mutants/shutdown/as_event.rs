//! The notice is an event.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.as-event",
        "the notice is an event",
        "shutdown.typed",
        ReasonCode::WrongValue,
        || {
            edit::on_message("server_shutting_down", |_, mut notice| {
                notice["type"] = json!("event");
                Action::replace(Message::json(&notice))
            })
        },
    )
}
