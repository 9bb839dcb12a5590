//! Unknown fields are refused.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.closed-schema",
        "messages with fields nobody knows are refused",
        "limits.unknown-fields",
        ReasonCode::Refused,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(value) if value.get("mood").is_some() => {
                    Action::Do(vec![Out::Server(Message::json(&json!({})))])
                }
                _ => Action::Pass,
            })
        },
    )
}
