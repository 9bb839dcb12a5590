//! The server never pings.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire("life.no-pings", "the server never pings", "life.server-ping", ReasonCode::Missing, || {
        edit::server_messages(|message| match message {
            Message::Ping(_) => Action::drop(),
            _ => Action::Pass,
        })
    })
}
