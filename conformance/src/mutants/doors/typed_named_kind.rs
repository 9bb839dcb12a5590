//! A typed door sends heartbeats by their name.

use crate::checks::ReasonCode;
use crate::checks::field;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.typed-named-kind",
        "A typed door sends heartbeats by their name",
        "doors.typed-kinds",
        ReasonCode::Unexpected,
        || {
            edit::on_message("heartbeat_response", |_, value| {
                let mut flat = field::fields(&value).clone();
                flat["type"] = "heartbeat_response".into();
                Action::replace(Message::json(&flat))
            })
        },
    )
}
