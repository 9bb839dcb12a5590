//! A ping frame waits until the message is whole.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.ping-behind-message",
        "A ping frame waits until the message is whole",
        "life.ping-frame-between",
        ReasonCode::Missing,
        || {
            edit::server_messages(|message| match message {
                Message::Pong(payload) if payload == b"between" => Action::drop(),
                _ => Action::Pass,
            })
        },
    )
}
