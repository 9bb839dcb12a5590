//! A close frame without a code is taken for an error.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.empty-close-is-error",
        "a close frame without a code is answered by 1002",
        "framing.close-without-code",
        ReasonCode::WrongCloseCode,
        || {
            edit::client_messages(|message| match message {
                Message::Close(None) => Action::close(1002, "no code"),
                _ => Action::Pass,
            })
        },
    )
}
