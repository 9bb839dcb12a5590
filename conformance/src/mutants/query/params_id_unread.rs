//! Ids inside params are not read.

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.params-id-unread",
        "ids inside params are not read",
        "query.typed-params",
        ReasonCode::Missing,
        || {
            edit::client_messages(|message| {
                let Some(mut query) = message.to_json().filter(|query| query["type"] == "query") else {
                    return Action::Pass;
                };
                if let Some(params) = query.get_mut("params").and_then(Value::as_object_mut) {
                    params.remove("id");
                }
                Action::Do(vec![Out::Server(Message::json(&query))])
            })
        },
    )
}
