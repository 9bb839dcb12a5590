//! Unsubscribe is confirmed and changes nothing.

use serde_json::json;

use super::sent;
use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.unsubscribe-unheard",
        "unsubscribe is confirmed and changes nothing",
        "session.unsubscribe",
        ReasonCode::Unexpected,
        || {
            edit::client_messages(|message| match sent(message, "unsubscribe") {
                Some(request) => {
                    let answer = json!({
                        "type": "unsubscribed", "id": request["id"], "events": request["events"],
                        "rejected": [], "active": [], "timestamp": now(),
                    });
                    Action::replace(Message::json(&answer))
                }
                None => Action::Pass,
            })
        },
    )
}
