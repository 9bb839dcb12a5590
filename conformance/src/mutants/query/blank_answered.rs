//! A blank question is answered.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.blank-answered",
        "a blank question is answered",
        "query.rejects-empty",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| {
                let Some(mut query) = message.to_json().filter(|query| query["type"] == "query") else {
                    return Action::Pass;
                };
                if query["query"].as_str().is_some_and(|text| text.trim().is_empty()) {
                    query["query"] = json!("show revenue");
                }
                Action::Do(vec![Out::Server(Message::json(&query))])
            })
        },
    )
}
