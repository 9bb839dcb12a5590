//! A command before the handshake is carried out.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;
use serde_json::json;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.commanded-before-handshake",
        "A command before the handshake is carried out",
        "handshake.required-command",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| {
                match message.to_json().filter(|value| value["type"] == "command") {
                    Some(_) => Action::Do(vec![Out::Client(Message::json(&json!({
                        "type": "command_result", "timestamp": crate::checks::now(),
                    })))]),
                    None => Action::Pass,
                }
            })
        },
    )
}
