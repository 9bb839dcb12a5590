//! Ping frames do not count as signs of life.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.ping-frames-uncounted",
        "ping frames do not count as signs of life",
        "limits.life-ping-frames",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match message {
                Message::Ping(payload) => Action::Do(vec![Out::Client(Message::Pong(payload.clone()))]),
                _ => Action::Pass,
            })
        },
    )
}
