//! The id is taken for the query_id.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.id-is-query-id",
        "the id is taken for the query_id",
        "query.other-ids-repeat",
        ReasonCode::Duplicate,
        || {
            edit::client_messages(|message| {
                let Some(mut query) = message.to_json().filter(|query| query["type"] == "query") else {
                    return Action::Pass;
                };
                query["query_id"] = query["id"].clone();
                Action::Do(vec![Out::Server(Message::json(&query))])
            })
        },
    )
}
