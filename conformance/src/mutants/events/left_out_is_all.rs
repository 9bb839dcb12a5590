//! A request without events subscribes to all.

use serde_json::json;

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.left-out-is-all",
        "a request without events subscribes to all",
        "events.list-left-out",
        ReasonCode::Accepted,
        || {
            edit::on_message("error", |_, error| {
                let confirmed = json!({
                    "type": "subscribed", "id": error["id"], "events": ["chat"], "rejected": [], "active": ["chat"],
                    "timestamp": now(),
                });
                Action::replace(Message::json(&confirmed))
            })
        },
    )
}
