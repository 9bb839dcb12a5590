//! The fifth refused message closes the connection.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.fifth-violation",
        "the fifth refused message closes the connection",
        "limits.rate-violations",
        ReasonCode::Closed,
        || {
            let mut count = 0;
            edit::on_message("error", move |message, error| {
                count += u32::from(error["code"] == "RATE_LIMIT_EXCEEDED");
                if count < 5 {
                    return Action::Pass;
                }
                let close = Message::Close(Some((1008, "Rate limit exceeded".to_owned())));
                Action::Do(vec![Out::Client(message.clone()), Out::Client(close)])
            })
        },
    )
}
