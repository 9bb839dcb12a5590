//! The payload of a pong went through a text type.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.pong-as-text",
        "bytes of a pong that are no text are replaced",
        "framing.ping-echo",
        ReasonCode::WrongValue,
        || {
            edit::server_messages(|message| match message {
                Message::Pong(payload) if std::str::from_utf8(payload).is_err() => {
                    Action::replace(Message::Pong(String::from_utf8_lossy(payload).into_owned().into()))
                }
                _ => Action::Pass,
            })
        },
    )
}
