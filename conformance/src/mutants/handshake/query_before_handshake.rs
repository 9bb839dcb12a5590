//! A query before the handshake is accepted.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;
use serde_json::json;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.query-before-handshake",
        "A query before the handshake is accepted",
        "handshake.required-query",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| {
                match message.to_json().filter(|value| value["type"] == "query") {
                    Some(_) => Action::Do(vec![Out::Client(Message::json(&json!({
                        "type": "query_accepted", "timestamp": crate::checks::now(),
                    })))]),
                    None => Action::Pass,
                }
            })
        },
    )
}
