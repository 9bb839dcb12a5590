//! Who only listens is not told.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.listeners-untold",
        "who only listens is not told",
        "shutdown.all-told",
        ReasonCode::Missing,
        || {
            let mut asked = false;
            edit::server_messages(move |message: &Message| {
                let Some(value) = message.to_json() else { return Action::Pass };
                asked |= value["type"] == "subscribed";
                if value["type"] == "server_shutting_down" && !asked { Action::drop() } else { Action::Pass }
            })
        },
    )
}
