//! A client is closed with the first ping it could have answered.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.silent-early",
        "a client is closed with the first ping it could have answered",
        "life.silent-client",
        ReasonCode::Early,
        || {
            edit::server_messages(|message| match message {
                Message::Ping(_) => Action::close(1011, "Heartbeat timeout"),
                _ => Action::Pass,
            })
        },
    )
}
