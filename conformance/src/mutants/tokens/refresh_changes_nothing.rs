//! A refresh is confirmed and changes nothing.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;
use serde_json::json;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.refresh-changes-nothing",
        "A refresh is confirmed and changes nothing",
        "tokens.refresh-extends",
        ReasonCode::Closed,
        || {
            edit::client_messages(|message| match super::sent(message, "token_refresh") {
                Some(_) => Action::Do(vec![Out::Client(Message::json(&json!({
                    "type": "token_refreshed", "expires_at": crate::checks::now(), "timestamp": crate::checks::now(),
                })))]),
                None => Action::Pass,
            })
        },
    )
}
