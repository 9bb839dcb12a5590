//! A pong of the typed dialect is an event.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;
use serde_json::json;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.typed-ping-event",
        "A pong of the typed dialect is an event",
        "doors.typed-ping",
        ReasonCode::WrongValue,
        || {
            edit::on_message("pong", |_, value| {
                Action::replace(Message::json(
                    &json!({"type": "event", "event_name": "pong", "id": value["id"], "payload": {}}),
                ))
            })
        },
    )
}
