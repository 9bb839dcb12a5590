//! Only pongs to the server's own pings count as life.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.control-frames-no-life",
        "only pongs to the server's own pings count as life",
        "life.control-frame-is-life",
        ReasonCode::Closed,
        || {
            edit::client_messages(|message| match message {
                Message::Ping(_) | Message::Pong(_) => Action::drop(),
                _ => Action::Pass,
            })
        },
    )
}
