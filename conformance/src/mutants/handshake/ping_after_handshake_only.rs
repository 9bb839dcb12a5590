//! A ping before the handshake is refused.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;
use serde_json::json;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.ping-after-handshake-only",
        "A ping before the handshake is refused",
        "handshake.required-ping",
        ReasonCode::Refused,
        || {
            edit::on_message("pong", |_, _| {
                Action::replace(Message::json(
                    &json!({"type": "error", "code": "HANDSHAKE_REQUIRED", "message": "first"}),
                ))
            })
        },
    )
}
