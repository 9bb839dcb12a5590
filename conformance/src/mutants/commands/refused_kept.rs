//! The id of a refused query is used up.

use serde_json::{Value, json};

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.refused-kept",
        "the id of a refused query is used up",
        "commands.repeat-refused",
        ReasonCode::Missing,
        || {
            let mut refused = Value::Null;
            edit::server_messages(move |message: &Message| {
                let Some(value) = message.to_json() else { return Action::Pass };
                if value["code"] == "QUERY_REJECTED" {
                    refused = value["query_id"].clone();
                } else if !refused.is_null() && value["query_id"] == refused {
                    let answer = json!({
                        "type": "error", "code": "INVALID_MESSAGE", "message": "this id had another text",
                        "query_id": refused, "timestamp": now(),
                    });
                    return Action::replace(Message::json(&answer));
                }
                Action::Pass
            })
        },
    )
}
