//! An array is taken for its messages.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.array-is-batch",
        "an array is taken for the messages in it",
        "limits.no-object",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match message {
                Message::Text(text) if text.starts_with("[{") => {
                    let lenient = r#"{"type":"ping","id":"probe"}"#.to_owned();
                    Action::Do(vec![Out::Server(Message::Text(lenient))])
                }
                _ => Action::Pass,
            })
        },
    )
}
