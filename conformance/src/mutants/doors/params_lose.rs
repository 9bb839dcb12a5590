//! What stands beside params wins.

use super::sent;
use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.params-lose",
        "What stands beside params wins",
        "doors.typed-params-win",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| match sent(message, "query") {
                Some(mut query) => {
                    query.as_object_mut().map(|fields| fields.shift_remove("params"));
                    Action::Do(vec![Out::Server(Message::json(&query))])
                }
                None => Action::Pass,
            })
        },
    )
}
