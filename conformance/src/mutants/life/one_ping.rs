//! The server pings once.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire("life.one-ping", "the server pings once", "life.server-ping", ReasonCode::Missing, || {
        let mut pings = 0;
        edit::server_messages(move |message| {
            pings += u32::from(matches!(message, Message::Ping(_)));
            if pings > 1 && matches!(message, Message::Ping(_)) { Action::drop() } else { Action::Pass }
        })
    })
}
