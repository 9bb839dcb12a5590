//! A malformed place is ignored.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.malformed-ignored",
        "a malformed place is ignored",
        "resume.malformed",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| {
                let Some(mut handshake) =
                    message.to_json().filter(|handshake| handshake["resume"].is_object())
                else {
                    return Action::Pass;
                };
                handshake.as_object_mut().map(|fields| fields.remove("resume"));
                Action::Do(vec![Out::Server(Message::json(&handshake))])
            })
        },
    )
}
