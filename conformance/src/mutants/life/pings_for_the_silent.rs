//! Only the silent are pinged.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.pings-for-the-silent",
        "Only the silent are pinged",
        "life.pings-go-on",
        ReasonCode::Missing,
        || {
            edit::server_messages(|message| match message {
                Message::Ping(_) => Action::drop(),
                _ => Action::Pass,
            })
        },
    )
}
