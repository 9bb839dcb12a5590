//! A demo door joins the session a handshake names.

use super::by_handshake;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.demo-takes-session",
        "a demo door joins the session a handshake names",
        "session.demo-throw-away",
        ReasonCode::WrongValue,
        || by_handshake(|handshake, ack| ack["session_id"] = handshake["session_id"].clone()),
    )
}
