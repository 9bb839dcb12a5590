//! A refused client is greeted behind the error.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.greeted-before-close",
        "A refused client is greeted behind the error",
        "tokens.none",
        ReasonCode::Unexpected,
        || {
            edit::on_message("error", |message, _| {
                Action::Do(vec![
                    Out::Client(message.clone()),
                    Out::Client(Message::Text("{\"type\":\"connection_established\"}".to_owned())),
                ])
            })
        },
    )
}
