//! The session's selection wins over the message.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.session-beats-message",
        "the session's selection wins over the message",
        "database.message-wins",
        ReasonCode::WrongValue,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(mut query) if query["type"] == "query" => {
                    query.as_object_mut().map(|fields| fields.remove("database_context"));
                    Action::Do(vec![Out::Server(Message::json(&query))])
                }
                _ => Action::Pass,
            })
        },
    )
}
