//! The progress door makes up the session.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.session-made-up",
        "the progress door greets whoever asks for an unknown session",
        "limits.unknown-session",
        ReasonCode::Accepted,
        || {
            edit::on_message("error", |_, error| {
                if error["code"] != "INVALID_SESSION" {
                    return Action::Pass;
                }
                Action::replace(Message::json(&json!({"type": "connection_established"})))
            })
        },
    )
}
