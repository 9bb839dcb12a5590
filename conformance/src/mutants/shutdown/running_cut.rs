//! A running query is cancelled.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.running-cut",
        "a running query is cancelled",
        "shutdown.running-query",
        ReasonCode::Refused,
        || {
            edit::on_message("query_result", |_, mut result| {
                result["type"] = json!("query_cancelled");
                Action::replace(Message::json(&result))
            })
        },
    )
}
