//! What was held back is told at a cancel.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.held-told-at-cancel",
        "what was held back is told at a cancel",
        "query.cancel-drops",
        ReasonCode::Unexpected,
        || {
            edit::on_message("query_cancelled", |message, mut value| {
                value["type"] = json!("progress_update");
                Action::Do(vec![Out::Client(Message::json(&value)), Out::Client(message.clone())])
            })
        },
    )
}
