//! The 16-bit length is read as a signed number.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.length-signed",
        "messages of more than 32,767 bytes are refused",
        "framing.sixteen-bit-length",
        ReasonCode::Closed,
        || {
            edit::client_messages(|message| match message {
                Message::Text(text) if (0x8000..=0xffff).contains(&text.len()) => {
                    Action::close(1002, "negative length")
                }
                _ => Action::Pass,
            })
        },
    )
}
