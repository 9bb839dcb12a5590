//! A retry is answered and runs nothing.

use serde_json::json;

use super::result_of;
use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.retry-of-nothing",
        "a retry is answered and runs nothing",
        "commands.retry-runs",
        ReasonCode::Missing,
        || {
            edit::client_messages(|message| match message.to_json() {
                Some(command) if command["action"] == "retry" => {
                    let mut result = result_of(&command, "retrying");
                    result["new_transaction_id"] = json!("tx_00000000000000000001");
                    Action::replace(Message::json(&result))
                }
                _ => Action::Pass,
            })
        },
    )
}
