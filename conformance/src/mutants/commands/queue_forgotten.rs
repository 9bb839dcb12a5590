//! Who waited is forgotten.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.queue-forgotten",
        "who waited is forgotten",
        "commands.queue-served",
        ReasonCode::Missing,
        || {
            let mut waits = false;
            edit::server_messages(move |message: &Message| {
                let Some(value) = message.to_json() else { return Action::Pass };
                waits |= value.get("queue_position").is_some_and(|place| !place.is_null());
                if waits && value["type"] == "query_result" { Action::drop() } else { Action::Pass }
            })
        },
    )
}
