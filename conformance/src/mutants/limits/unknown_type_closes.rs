//! An unknown type closes the connection.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.unknown-type-closes",
        "an unknown type is answered by its error, then 1003",
        "limits.unknown-type",
        ReasonCode::Closed,
        || {
            edit::on_message("error", |message, error| {
                if error["code"] != "UNKNOWN_TYPE" {
                    return Action::Pass;
                }
                let close = Message::Close(Some((1003, "unknown type".to_owned())));
                Action::Do(vec![Out::Client(message.clone()), Out::Client(close)])
            })
        },
    )
}
