//! A named door sends results in envelopes.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;
use serde_json::json;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.named-in-envelope",
        "A named door sends results in envelopes",
        "doors.named-flat",
        ReasonCode::WrongValue,
        || {
            edit::on_message("progress_update", |_, value| {
                let event = json!({"type": "event", "event_name": "progress_update", "payload": value});
                Action::replace(Message::json(&event))
            })
        },
    )
}
