//! The typed dialect gets heartbeat_response as it is in the named one.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.typed-flat",
        "the typed dialect gets heartbeat_response as it is in the named one",
        "life.heartbeat-typed",
        ReasonCode::WrongValue,
        || {
            edit::on_message("heartbeat_response", |_, event| {
                let mut flat = event.get("payload").cloned().unwrap_or(event);
                flat["type"] = "heartbeat_response".into();
                Action::replace(Message::json(&flat))
            })
        },
    )
}
