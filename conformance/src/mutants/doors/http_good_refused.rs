//! A good token is greeted with an error.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;
use serde_json::json;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.http-good-refused",
        "A good token is greeted with an error",
        "doors.http-good-opens",
        ReasonCode::Refused,
        || {
            edit::on_message("connection_established", |_, _| {
                Action::replace(Message::json(
                    &json!({"type": "error", "code": "AUTH_FAILED", "message": "no", "timestamp": crate::checks::now()}),
                ))
            })
        },
    )
}
