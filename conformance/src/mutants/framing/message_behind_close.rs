//! A message goes out behind the close frame.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "framing.message-behind-close",
        "a message of the queue goes out behind the close frame",
        "framing.nothing-after-close",
        ReasonCode::Unexpected,
        || {
            edit::server_messages(|message| match message {
                Message::Close(_) => Action::Do(vec![
                    Out::Client(message.clone()),
                    Out::Client(Message::Text("{\"type\":\"system_status\"}".to_owned())),
                ]),
                _ => Action::Pass,
            })
        },
    )
}
