//! Numbers out of range become infinity.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.number-to-infinity",
        "negative numbers out of range become infinity",
        "limits.numbers-out-of-range",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match message {
                Message::Text(text) if text.contains("-1e400") => {
                    let lenient = r#"{"type":"ping","id":"probe"}"#.to_owned();
                    Action::Do(vec![Out::Server(Message::Text(lenient))])
                }
                _ => Action::Pass,
            })
        },
    )
}
