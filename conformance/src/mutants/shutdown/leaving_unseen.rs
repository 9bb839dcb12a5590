//! It is not seen that clients leave.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.leaving-unseen",
        "it is not seen that clients leave",
        "shutdown.leaves-early",
        ReasonCode::NotClosed,
        || {
            edit::client_messages(|message| match message {
                Message::Close(_) => Action::close(1000, ""),
                _ => Action::Pass,
            })
        },
    )
}
