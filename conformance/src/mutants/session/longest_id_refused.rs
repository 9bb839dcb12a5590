//! A session id of 128 characters is refused.

use super::{refusal, sent};
use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.longest-id-refused",
        "a session id of 128 characters is refused",
        "session.id-lengths",
        ReasonCode::Refused,
        || {
            edit::client_messages(|message| match sent(message, "connection_handshake") {
                Some(handshake) if handshake["session_id"].as_str().is_some_and(|id| id.len() == 128) => {
                    Action::replace(refusal("INVALID_SESSION"))
                }
                _ => Action::Pass,
            })
        },
    )
}
