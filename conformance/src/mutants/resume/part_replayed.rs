//! What is left is replayed.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.part-replayed",
        "what is left is replayed",
        "resume.all-or-nothing",
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
