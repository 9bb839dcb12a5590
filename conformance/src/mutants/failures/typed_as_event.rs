//! In the typed dialect a failed query is told as an event.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.typed-as-event",
        "in the typed dialect a failed query is told as an event",
        "failures.typed",
        ReasonCode::WrongValue,
        || {
            edit::on_message("error", |_, mut error| {
                let payload = error.clone();
                error["type"] = json!("event");
                error["event_name"] = json!("error");
                error["payload"] = payload;
                Action::replace(Message::json(&error))
            })
        },
    )
}
