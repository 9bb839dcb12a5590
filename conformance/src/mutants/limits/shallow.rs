//! Few levels are read.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.shallow",
        "JSON of 128 levels is taken for too deep",
        "limits.nesting",
        ReasonCode::Refused,
        || {
            edit::client_messages(|message| match message {
                Message::Text(text) if text.contains(&"[".repeat(127)) => {
                    Action::Do(vec![Out::Server(Message::Text("[".to_owned()))])
                }
                _ => Action::Pass,
            })
        },
    )
}
