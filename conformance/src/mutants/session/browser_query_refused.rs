//! A query with preferences of a browser is refused.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;
use serde_json::json;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.browser-query-refused",
        "A query with preferences of a browser is refused",
        "session.browser-query",
        ReasonCode::Refused,
        || {
            edit::on_message("query_accepted", |_, _| {
                Action::replace(Message::json(
                    &json!({"type": "error", "code": "INVALID_MESSAGE", "message": "unknown field"}),
                ))
            })
        },
    )
}
