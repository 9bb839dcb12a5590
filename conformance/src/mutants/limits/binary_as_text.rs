//! Binary frames are read as text.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.binary-as-text",
        "a binary frame that holds JSON is acted on",
        "limits.binary",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match message {
                Message::Binary(bytes) => {
                    let text = String::from_utf8_lossy(bytes).into_owned();
                    Action::Do(vec![Out::Server(Message::Text(text))])
                }
                _ => Action::Pass,
            })
        },
    )
}
