//! Who sends no handshake is closed, required or not.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;
use std::time::Duration;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.timeout-though-not-required",
        "Who sends no handshake is closed, required or not",
        "handshake.not-required",
        ReasonCode::Closed,
        || {
            edit::on_message("connection_established", |message, _| {
                let close = Message::Close(Some((1008, "Handshake timeout".to_owned())));
                Action::Do(vec![
                    Out::Client(message.clone()),
                    Out::ClientLater(Duration::from_millis(1_000), close),
                ])
            })
        },
    )
}
