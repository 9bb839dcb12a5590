//! Pongs that answer no ping do not count as signs of life.

use crate::checks::ReasonCode;
use crate::checks::limits::UNASKED;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.pong-frames-uncounted",
        "pongs that answer no ping do not count as signs of life",
        "limits.life-pong-frames",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match message {
                Message::Pong(payload) if payload == UNASKED.as_bytes() => Action::drop(),
                _ => Action::Pass,
            })
        },
    )
}
