//! A stranger sees an event before he is refused.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.stranger-sees-one",
        "a stranger sees an event before he is refused",
        "resume.other-user",
        ReasonCode::Leak,
        || {
            edit::on_message("error", |message, error| {
                if error["code"] != "INVALID_SESSION" {
                    return Action::Pass;
                }
                let event =
                    json!({"type": "progress_update", "transaction_id": "tx_1", "offset": 1, "percent": 5});
                Action::Do(vec![Out::Client(Message::json(&event)), Out::Client(message.clone())])
            })
        },
    )
}
