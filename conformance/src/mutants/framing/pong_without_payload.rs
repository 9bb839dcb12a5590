//! Pongs are empty.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.pong-without-payload",
        "pongs have no payload",
        "framing.ping-echo",
        ReasonCode::WrongValue,
        || {
            edit::server_messages(|message| match message {
                Message::Pong(_) => Action::replace(Message::Pong(Vec::new())),
                _ => Action::Pass,
            })
        },
    )
}
