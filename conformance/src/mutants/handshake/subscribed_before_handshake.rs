//! A subscription before the handshake is taken.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;
use serde_json::json;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.subscribed-before-handshake",
        "A subscription before the handshake is taken",
        "handshake.required-subscribe",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| {
                match message.to_json().filter(|value| value["type"] == "subscribe") {
                    Some(_) => Action::Do(vec![Out::Client(Message::json(&json!({
                        "type": "subscribed", "timestamp": crate::checks::now(),
                    })))]),
                    None => Action::Pass,
                }
            })
        },
    )
}
