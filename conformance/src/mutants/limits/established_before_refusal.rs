//! The refused connection is greeted first.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.established-before-refusal",
        "a connection too many is greeted before it is refused",
        "limits.connections-by-path",
        ReasonCode::Accepted,
        || {
            edit::on_message("error", |message, error| {
                if error["code"] != "TOO_MANY_CONNECTIONS" {
                    return Action::Pass;
                }
                let greeting = Message::json(&json!({"type": "connection_established"}));
                Action::Do(vec![Out::Client(greeting), Out::Client(message.clone())])
            })
        },
    )
}
