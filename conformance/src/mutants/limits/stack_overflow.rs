//! A deep message takes the server down.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.stack-overflow",
        "JSON of 10,000 levels ends the process",
        "limits.too-deep",
        ReasonCode::Closed,
        || {
            edit::client_messages(|message| match message {
                Message::Text(text) if text.contains(&"[".repeat(9_000)) => Action::cut(),
                _ => Action::Pass,
            })
        },
    )
}
