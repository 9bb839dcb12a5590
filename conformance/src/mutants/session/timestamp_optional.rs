//! The typed dialect takes messages without timestamp.

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.timestamp-optional",
        "the typed dialect takes messages without timestamp",
        "session.typed-timestamp",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(mut value) if value.get("timestamp").is_none() => {
                    value["timestamp"] = now().into();
                    Action::Do(vec![Out::Server(Message::json(&value))])
                }
                _ => Action::Pass,
            })
        },
    )
}
