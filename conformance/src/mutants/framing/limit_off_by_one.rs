//! The largest message allowed is refused.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.limit-off-by-one",
        "a message of exactly 64 KiB is refused",
        "framing.sixty-four-bit-length",
        ReasonCode::Closed,
        || {
            edit::client_messages(|message| match message {
                Message::Text(text) if text.len() == 64 * 1024 => Action::close(1009, "too large"),
                _ => Action::Pass,
            })
        },
    )
}
