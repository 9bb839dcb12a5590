//! Lone surrogates are replaced.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.surrogate-replaced",
        "half of a surrogate pair in a key is replaced",
        "limits.lone-surrogates",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match message {
                Message::Text(text) if text.contains(r"\ud83d") => {
                    let lenient = r#"{"type":"ping","id":"probe"}"#.to_owned();
                    Action::Do(vec![Out::Server(Message::Text(lenient))])
                }
                _ => Action::Pass,
            })
        },
    )
}
