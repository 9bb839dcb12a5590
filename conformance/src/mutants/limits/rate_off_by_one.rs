//! One message more than announced is answered.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.rate-off-by-one",
        "one message more than announced is answered",
        "limits.rate",
        ReasonCode::Accepted,
        || {
            let mut done = false;
            edit::on_message("error", move |_, error| {
                if done || error["code"] != "RATE_LIMIT_EXCEEDED" {
                    return Action::Pass;
                }
                done = true;
                Action::replace(Message::json(&json!({"type": "subscribed", "id": error["id"]})))
            })
        },
    )
}
