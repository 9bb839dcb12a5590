//! An unknown database falls back to the default.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.database-fallback",
        "an unknown database falls back to the default",
        "query.unknown-database",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| {
                let Some(mut query) = message.to_json().filter(|query| query["type"] == "query") else {
                    return Action::Pass;
                };
                query.as_object_mut().map(|fields| fields.remove("database_context"));
                Action::Do(vec![Out::Server(Message::json(&query))])
            })
        },
    )
}
