//! A session id with a random part of one character is refused.

use super::{refusal, sent};
use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.browser-id-refused",
        "a session id with a random part of one character is refused",
        "session.id-lengths",
        ReasonCode::Refused,
        || {
            edit::client_messages(|message| match sent(message, "connection_handshake") {
                Some(handshake) if handshake["session_id"].as_str().is_some_and(is_short_of_a_browser) => {
                    Action::replace(refusal("INVALID_SESSION"))
                }
                _ => Action::Pass,
            })
        },
    )
}

/// `session_`, 13 digits, `_` and less than 9 characters.
fn is_short_of_a_browser(id: &str) -> bool {
    id.starts_with("session_") && id.len() < "session_".len() + 13 + 1 + 9
}
