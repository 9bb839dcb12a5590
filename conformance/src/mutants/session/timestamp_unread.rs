//! A timestamp need only be there.

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.timestamp-unread",
        "a timestamp need only be there",
        "session.typed-timestamp-malformed",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(mut value) if value["type"] == "ping" && value.get("timestamp").is_some() => {
                    value["timestamp"] = now().into();
                    Action::Do(vec![Out::Server(Message::json(&value))])
                }
                _ => Action::Pass,
            })
        },
    )
}
