//! A text is taken for a list.

use serde_json::json;

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.text-as-list",
        "a text is taken for a list",
        "events.no-list",
        ReasonCode::Accepted,
        || {
            edit::on_message("error", |_, error| {
                let confirmed = json!({
                    "type": "subscribed", "id": error["id"], "events": [], "rejected": [], "active": [], "timestamp": now(),
                });
                Action::replace(Message::json(&confirmed))
            })
        },
    )
}
