//! Off by one in the levels.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.one-level-more",
        "129 levels are read",
        "limits.too-deep",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match message {
                Message::Text(text) if text.matches('[').count() == 128 => {
                    let lenient = r#"{"type":"ping","id":"probe"}"#.to_owned();
                    Action::Do(vec![Out::Server(Message::Text(lenient))])
                }
                _ => Action::Pass,
            })
        },
    )
}
