//! A number is taken as agent_id.

use super::sent;
use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.number-taken-as-text",
        "a number is taken as agent_id",
        "session.wrong-type",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match sent(message, "connection_handshake") {
                Some(mut handshake) if handshake["agent_id"].is_number() => {
                    handshake["agent_id"] = handshake["agent_id"].to_string().into();
                    Action::Do(vec![Out::Server(Message::json(&handshake))])
                }
                _ => Action::Pass,
            })
        },
    )
}
