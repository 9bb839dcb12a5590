//! A query's own context is announced.

use serde_json::json;

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.message-announced",
        "a query's own context is announced",
        "database.message-silent",
        ReasonCode::Unexpected,
        || {
            edit::on_message("query_accepted", |message, _| {
                let changed = json!({
                    "type": "database_context_changed", "database_context": {"database": "x", "source": "message"},
                    "timestamp": now(),
                });
                Action::Do(vec![Out::Client(message.clone()), Out::Client(Message::json(&changed))])
            })
        },
    )
}
