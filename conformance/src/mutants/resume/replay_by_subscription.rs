//! A replay has only what is subscribed.

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.replay-by-subscription",
        "a replay has only what is subscribed",
        "resume.unsubscribed",
        ReasonCode::WrongValue,
        || {
            let mut resumed = false;
            edit::server_messages(move |message: &Message| {
                let Some(value) = message.to_json() else { return Action::Pass };
                resumed |= field::name(&value) == "resumed";
                let unsubscribed = value["type"] == "event" && value["event_name"] == "progress_update";
                if resumed && unsubscribed { Action::drop() } else { Action::Pass }
            })
        },
    )
}
