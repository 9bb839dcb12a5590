//! A database's name goes into the statement.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "security.name-goes-into-statement",
        "A database's name goes into the statement",
        "security.sql-in-context",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| {
                match message.to_json().filter(|value| value["type"] == "query") {
                    Some(mut query) => {
                        query.as_object_mut().map(|fields| fields.shift_remove("database_context"));
                        Action::Do(vec![Out::Server(Message::json(&query))])
                    }
                    None => Action::Pass,
                }
            })
        },
    )
}
