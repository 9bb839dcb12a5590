//! Clients are closed with the notice.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.closed-at-once",
        "clients are closed with the notice",
        "shutdown.waits",
        ReasonCode::Closed,
        || {
            edit::on_message("server_shutting_down", |message, _| {
                let close = Message::Close(Some((1001, "Server shutting down".to_owned())));
                Action::Do(vec![Out::Client(message.clone()), Out::Client(close)])
            })
        },
    )
}
