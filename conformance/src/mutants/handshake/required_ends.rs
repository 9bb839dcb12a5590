//! A message before the handshake ends the connection.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.required-ends",
        "A message before the handshake ends the connection",
        "handshake.required-query",
        ReasonCode::Closed,
        || {
            edit::on_message("error", |message, _| {
                Action::Do(vec![
                    Out::Client(message.clone()),
                    Out::Client(Message::Close(Some((1008, String::new())))),
                ])
            })
        },
    )
}
