//! Connections are counted before one is superseded.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.counted-before-superseding",
        "connections are counted before one is superseded",
        "resume.superseded-before-limit",
        ReasonCode::Refused,
        || {
            edit::client_messages(|message| {
                if !message.to_json().is_some_and(|handshake| handshake["resume"].is_object()) {
                    return Action::Pass;
                }
                let error = json!({"type": "error", "code": "TOO_MANY_CONNECTIONS", "message": "too many connections",
        "timestamp": crate::checks::now()});
                let close = Message::Close(Some((1008, "Too many connections".to_owned())));
                Action::Do(vec![Out::Client(Message::json(&error)), Out::Client(close), Out::Cut])
            })
        },
    )
}
