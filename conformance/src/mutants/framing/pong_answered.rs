//! A pong is answered by a pong.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.pong-answered",
        "a pong that was not asked for is answered by a pong",
        "framing.unasked-pong",
        ReasonCode::Unexpected,
        || {
            edit::client_messages(|message| match message {
                Message::Pong(payload) if payload == b"unasked" => Action::replace(message.clone()),
                _ => Action::Pass,
            })
        },
    )
}
