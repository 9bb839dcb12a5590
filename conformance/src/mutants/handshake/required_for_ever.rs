//! After the handshake a query is still refused.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;
use serde_json::json;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.required-for-ever",
        "After the handshake a query is still refused",
        "handshake.required-then-asks",
        ReasonCode::Refused,
        || {
            edit::on_message("query_accepted", |_, _| {
                Action::replace(Message::json(
                    &json!({"type": "error", "code": "HANDSHAKE_REQUIRED", "message": "first"}),
                ))
            })
        },
    )
}
