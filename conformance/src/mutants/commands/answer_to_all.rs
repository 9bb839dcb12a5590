//! Everybody gets the answer to a command.

use serde_json::json;

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, Out, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.answer-to-all",
        "everybody gets the answer to a command",
        "commands.answer-alone",
        ReasonCode::Leak,
        || {
            edit::on_message("query_cancelled", |message, value| {
                let result = json!({
                    "type": "command_result", "action": "cancel", "status": "cancelled",
                    "transaction_id": value["transaction_id"], "timestamp": now(),
                });
                Action::Do(vec![Out::Client(Message::json(&result)), Out::Client(message.clone())])
            })
        },
    )
}
