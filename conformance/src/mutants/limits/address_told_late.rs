//! A connection too many of an address is greeted first.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;
use serde_json::json;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.address-told-late",
        "A connection too many of an address is greeted first",
        "limits.per-address",
        ReasonCode::Accepted,
        || {
            edit::on_message("error", |message, _| {
                let greeting = json!({"type": "connection_established", "client_id": "late"});
                Action::Do(vec![Out::Client(Message::json(&greeting)), Out::Client(message.clone())])
            })
        },
    )
}
