//! A long question is cut and answered.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.long-cut",
        "a long question is cut and answered",
        "query.rejects-too-long",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| {
                let Some(mut query) = message.to_json().filter(|query| query["type"] == "query") else {
                    return Action::Pass;
                };
                if let Some(text) = query["query"].as_str() {
                    query["query"] = json!(text.chars().take(12).collect::<String>());
                }
                Action::Do(vec![Out::Server(Message::json(&query))])
            })
        },
    )
}
