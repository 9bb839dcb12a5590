//! A handshake with a field nobody knows is refused.

use super::{refusal, sent};
use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.unknown-fields-refused",
        "a handshake with a field nobody knows is refused",
        "session.unknown-fields",
        ReasonCode::Refused,
        || {
            edit::client_messages(|message| match sent(message, "connection_handshake") {
                Some(handshake) if handshake.get("x-trace").is_some() => {
                    Action::replace(refusal("INVALID_MESSAGE"))
                }
                _ => Action::Pass,
            })
        },
    )
}
