//! The old answer is given to another text.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.other-text-answered",
        "the old answer is given to another text",
        "query.same-id-other-text",
        ReasonCode::Accepted,
        || {
            edit::client_messages(|message| {
                let Some(mut query) = message.to_json().filter(|query| query["type"] == "query") else {
                    return Action::Pass;
                };
                query["query"] = json!("show revenue");
                Action::Do(vec![Out::Server(Message::json(&query))])
            })
        },
    )
}
