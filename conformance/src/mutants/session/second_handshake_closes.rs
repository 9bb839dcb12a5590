//! A second handshake ends the connection.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.second-handshake-closes",
        "a second handshake ends the connection",
        "session.second-handshake",
        ReasonCode::Closed,
        || {
            edit::on_message("error", |message, error| {
                if error["code"] != "ALREADY_ESTABLISHED" {
                    return Action::Pass;
                }
                let close = Message::Close(Some((1008, "Already established".to_owned())));
                Action::Do(vec![Out::Client(message.clone()), Out::Client(close)])
            })
        },
    )
}
