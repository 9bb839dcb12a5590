//! A session id that is too long is cut.

use super::sent;
use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.long-id-cut",
        "a session id that is too long is cut",
        "session.malformed-id",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match sent(message, "connection_handshake") {
                Some(mut handshake) if handshake["session_id"].as_str().is_some_and(|id| id.len() == 129) => {
                    let cut = handshake["session_id"].as_str().map(|id| id[..128].to_owned());
                    handshake["session_id"] = cut.into();
                    Action::Do(vec![Out::Server(Message::json(&handshake))])
                }
                _ => Action::Pass,
            })
        },
    )
}
