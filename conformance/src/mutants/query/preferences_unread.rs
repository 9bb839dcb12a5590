//! Preferences are not read.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.preferences-unread",
        "preferences are not read",
        "query.max-rows",
        ReasonCode::WrongValue,
        || {
            edit::client_messages(|message| {
                let Some(mut query) = message.to_json().filter(|query| query["type"] == "query") else {
                    return Action::Pass;
                };
                query.as_object_mut().map(|fields| fields.remove("preferences"));
                Action::Do(vec![Out::Server(Message::json(&query))])
            })
        },
    )
}
