//! An unasked pong message comes before connection_established.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.pong-first",
        "an unasked pong message comes before connection_established",
        "handshake.established-first",
        ReasonCode::WrongOrder,
        || {
            edit::on_message("connection_established", |message, _| {
                let pong = Message::json(&json!({"type": "pong"}));
                Action::Do(vec![Out::Client(pong), Out::Client(message.clone())])
            })
        },
    )
}
