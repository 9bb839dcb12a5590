//! A handshake without session_id makes another session.

use super::by_handshake;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.other-session-made",
        "a handshake without session_id makes another session",
        "session.own-session",
        ReasonCode::WrongValue,
        || {
            by_handshake(|handshake, ack| {
                if handshake.get("session_id").is_none() {
                    ack["session_id"] = "another_session".into();
                }
            })
        },
    )
}
