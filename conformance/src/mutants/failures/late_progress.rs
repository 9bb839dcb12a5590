//! What comes too late is told all the same.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.late-progress",
        "what comes too late is told all the same",
        "failures.timeout-ends",
        ReasonCode::Unexpected,
        || {
            edit::on_message("error", |message, error| {
                let late = json!({"type": "progress_update", "transaction_id": error["transaction_id"]});
                Action::Do(vec![Out::Client(message.clone()), Out::Client(Message::json(&late))])
            })
        },
    )
}
