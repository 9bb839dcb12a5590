//! A malformed place closes the connection.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.malformed-closes",
        "a malformed place closes the connection",
        "resume.malformed",
        ReasonCode::Closed,
        || {
            edit::on_message("error", |message, _| {
                let close = Message::Close(Some((1008, "Invalid session".to_owned())));
                Action::Do(vec![Out::Client(message.clone()), Out::Client(close), Out::Cut])
            })
        },
    )
}
