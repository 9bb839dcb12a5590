//! The timer of the handshake goes on after it.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;
use std::time::Duration;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.timeout-after-handshake",
        "The timer of the handshake goes on after it",
        "handshake.required-timeout-over",
        ReasonCode::Closed,
        || {
            edit::on_message("connection_acknowledged", |message, _| {
                let close = Message::Close(Some((1008, "Handshake timeout".to_owned())));
                Action::Do(vec![
                    Out::Client(message.clone()),
                    Out::ClientLater(Duration::from_millis(900), close),
                ])
            })
        },
    )
}
