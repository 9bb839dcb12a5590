//! Errors of the typed dialect are events.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;
use serde_json::json;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.error-in-envelope",
        "Errors of the typed dialect are events",
        "doors.typed-error",
        ReasonCode::WrongValue,
        || {
            edit::on_message("error", |_, value| {
                let event = json!({"type": "event", "event_name": "error", "payload": value, "timestamp": value["timestamp"]});
                Action::replace(Message::json(&event))
            })
        },
    )
}
