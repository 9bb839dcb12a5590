//! The same query_id runs again.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.asked-again-run-again",
        "the same query_id runs again",
        "query.same-query-id",
        ReasonCode::WrongValue,
        || {
            let mut asked = 0;
            edit::client_messages(move |message| {
                let Some(mut query) = message.to_json().filter(|query| query["type"] == "query") else {
                    return Action::Pass;
                };
                asked += 1;
                query["query_id"] = json!(format!("{}-{asked}", query["query_id"]));
                Action::Do(vec![Out::Server(Message::json(&query))])
            })
        },
    )
}
