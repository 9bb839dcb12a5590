//! No snapshot follows.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{EventAction, Mutant, edit};
use crate::peer::SseEvent;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.snapshot-missing",
        "no snapshot follows",
        "sse.other-epoch",
        ReasonCode::WrongValue,
        || {
            edit::on_event("session_snapshot", |event, mut value| {
                value["type"] = json!("progress_update");
                EventAction::Text(SseEvent { data: Some(value.to_string()), ..event }.encode())
            })
        },
    )
}
