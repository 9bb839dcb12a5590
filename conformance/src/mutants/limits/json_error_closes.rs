//! Text that is not JSON closes the connection.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.json-error-closes",
        "text that is not JSON is answered by its error, then 1007",
        "limits.not-json",
        ReasonCode::Closed,
        || {
            edit::on_message("error", |message, error| {
                if error["code"] != "INVALID_JSON" {
                    return Action::Pass;
                }
                let close = Message::Close(Some((1007, "not JSON".to_owned())));
                Action::Do(vec![Out::Client(message.clone()), Out::Client(close)])
            })
        },
    )
}
