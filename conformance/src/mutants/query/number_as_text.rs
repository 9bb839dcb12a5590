//! A number is taken for a question.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.number-as-text",
        "a number is taken for a question",
        "query.rejects-no-text",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| {
                let Some(mut query) = message.to_json().filter(|query| query["type"] == "query") else {
                    return Action::Pass;
                };
                if query["query"].is_number() {
                    query["query"] = json!("show revenue");
                }
                Action::Do(vec![Out::Server(Message::json(&query))])
            })
        },
    )
}
