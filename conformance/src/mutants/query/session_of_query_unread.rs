//! The session a query names is not looked at.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.session-of-query-unread",
        "the session a query names is not looked at",
        "query.other-session",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| {
                let Some(mut query) = message.to_json().filter(|query| query["type"] == "query") else {
                    return Action::Pass;
                };
                query.as_object_mut().map(|fields| fields.remove("session_id"));
                Action::Do(vec![Out::Server(Message::json(&query))])
            })
        },
    )
}
