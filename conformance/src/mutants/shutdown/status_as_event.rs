//! The new state is an event in the typed dialect.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.status-as-event",
        "The new state is an event in the typed dialect",
        "shutdown.status-told",
        ReasonCode::WrongValue,
        || {
            edit::on_message("system_status", |_, mut told| {
                if told["type"] == "broadcast" {
                    told["type"] = "event".into();
                }
                Action::replace(Message::json(&told))
            })
        },
    )
}
