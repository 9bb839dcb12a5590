//! The result is an event in the typed dialect.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.typed-result-as-event",
        "the result is an event in the typed dialect",
        "query.typed-response",
        ReasonCode::WrongValue,
        || {
            edit::on_message("response", |_, response| {
                let event = json!({"type": "event", "event_name": "query_result", "id": response["id"],
        "timestamp": response["timestamp"], "payload": response["result"]});
                Action::replace(Message::json(&event))
            })
        },
    )
}
