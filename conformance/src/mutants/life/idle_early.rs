//! An idle connection is closed at the first ping.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.idle-early",
        "an idle connection is closed at the first ping",
        "life.idle-close",
        ReasonCode::Early,
        || {
            edit::server_messages(|message| match message {
                Message::Ping(_) => Action::close(1000, "Idle timeout"),
                _ => Action::Pass,
            })
        },
    )
}
