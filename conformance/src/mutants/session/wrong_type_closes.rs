//! A handshake field of the wrong type ends the connection.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.wrong-type-closes",
        "a handshake field of the wrong type ends the connection",
        "session.wrong-type",
        ReasonCode::Closed,
        || {
            edit::on_message("error", |message, error| {
                if error["code"] != "INVALID_MESSAGE" {
                    return Action::Pass;
                }
                let close = Message::Close(Some((1008, "Invalid message".to_owned())));
                Action::Do(vec![Out::Client(message.clone()), Out::Client(close)])
            })
        },
    )
}
