//! A query of before the handshake is not found after it.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.asked-before-lost",
        "a query of before the handshake is not found after it",
        "commands.asked-before",
        ReasonCode::Refused,
        || {
            let mut shaken = false;
            edit::client_messages(move |message| {
                let Some(mut value) = message.to_json() else { return Action::Pass };
                shaken |= value["type"] == "connection_handshake";
                if shaken && value["type"] == "command" {
                    value["transaction_id"] = json!("tx_00000000000000000000");
                    return Action::Do(vec![Out::Server(Message::json(&value))]);
                }
                Action::Pass
            })
        },
    )
}
