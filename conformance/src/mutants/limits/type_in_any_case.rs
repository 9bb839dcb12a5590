//! Types are read in any case.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.type-in-any-case",
        "types are read in upper and lower case",
        "limits.unknown-type",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(mut value) if value["type"] == "Ping" => {
                    value["type"] = "ping".into();
                    Action::Do(vec![Out::Server(Message::json(&value))])
                }
                _ => Action::Pass,
            })
        },
    )
}
