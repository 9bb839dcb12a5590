//! Messages over the limit are acted on.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.size-unlimited",
        "messages of more than 64 KiB are acted on",
        "limits.message-size",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match message {
                Message::Text(text) if text.len() > 64 * 1024 => {
                    let lenient = r#"{"type":"ping","id":"probe"}"#.to_owned();
                    Action::Do(vec![Out::Server(Message::Text(lenient))])
                }
                _ => Action::Pass,
            })
        },
    )
}
