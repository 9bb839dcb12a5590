//! Events are replayed to another epoch.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.epoch-replayed-anyway",
        "events are replayed to another epoch",
        "resume.epoch-mismatch",
        ReasonCode::Unexpected,
        || {
            edit::on_message("resumed", |message, resumed| {
                let event = json!({"type": "progress_update", "session_id": "s", "transaction_id": "tx_1",
        "epoch": resumed["epoch"], "offset": resumed["top"]});
                Action::Do(vec![Out::Client(message.clone()), Out::Client(Message::json(&event))])
            })
        },
    )
}
