//! An unreadable question is answered by a guess.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.guess",
        "an unreadable question is answered by a guess",
        "query.rejects-unreadable",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| {
                let Some(mut query) = message.to_json().filter(|query| query["type"] == "query") else {
                    return Action::Pass;
                };
                if query["query"] == "zqxv blorf wuggle" {
                    query["query"] = json!("show revenue");
                }
                Action::Do(vec![Out::Server(Message::json(&query))])
            })
        },
    )
}
