//! Others' events are in the stream.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{EventAction, Mutant, edit};
use crate::peer::SseEvent;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.others-in-stream",
        "others' events are in the stream",
        "sse.own-query",
        ReasonCode::Unexpected,
        || {
            edit::on_event("query_accepted", |event, mut value| {
                value["transaction_id"] = json!("tx_00000000000000000009");
                let other = SseEvent { data: Some(value.to_string()), ..event.clone() };
                EventAction::Text(event.encode() + &other.encode())
            })
        },
    )
}
