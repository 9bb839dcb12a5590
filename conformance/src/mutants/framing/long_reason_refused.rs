//! Long close reasons are refused.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.long-reason-refused",
        "a close reason of more than 120 bytes is refused",
        "framing.close-longest-reason",
        ReasonCode::WrongCloseCode,
        || {
            edit::client_messages(|message| match message {
                Message::Close(Some((_, reason))) if reason.len() > 120 => {
                    Action::close(1002, "reason too long")
                }
                _ => Action::Pass,
            })
        },
    )
}
