//! A handshake without agent_id is refused.

use super::{refusal, sent};
use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.agent-id-mandatory",
        "a handshake without agent_id is refused",
        "session.no-field-mandatory",
        ReasonCode::Refused,
        || {
            edit::client_messages(|message| match sent(message, "connection_handshake") {
                Some(handshake) if handshake.get("agent_id").is_none() => {
                    Action::replace(refusal("INVALID_MESSAGE"))
                }
                _ => Action::Pass,
            })
        },
    )
}
