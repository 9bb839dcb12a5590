//! The progress door replays the last event seen too.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.url-replays-last-seen",
        "the progress door replays the last event seen too",
        "resume.by-url",
        ReasonCode::Duplicate,
        || {
            edit::on_message("resumed", |message, resumed| {
                let event = json!({"type": "progress_update", "session_id": "s", "transaction_id": "tx_1",
        "epoch": resumed["epoch"], "offset": resumed["from"].as_u64().unwrap_or_default().saturating_sub(1)});
                Action::Do(vec![Out::Client(message.clone()), Out::Client(Message::json(&event))])
            })
        },
    )
}
