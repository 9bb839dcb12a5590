//! Only a ping needs a timestamp.

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.timestamp-of-pings-alone",
        "only a ping needs a timestamp",
        "session.typed-timestamp-everywhere",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(mut value) if value.get("timestamp").is_none() && value["type"] != "ping" => {
                    value["timestamp"] = now().into();
                    Action::Do(vec![Out::Server(Message::json(&value))])
                }
                _ => Action::Pass,
            })
        },
    )
}
