//! A command to a query of another session is answered as obeyed.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "flow.foreign-command-obeyed",
        "a command to a query of another session is answered as obeyed",
        "flow.sessions",
        ReasonCode::Accepted,
        || {
            edit::on_message("error", |_, error| {
                if error["code"] != "NOT_FOUND" {
                    return Action::Pass;
                }
                let result = json!({"type": "command_result", "action": "cancel", "status": "cancelled",
                    "transaction_id": "tx", "id": error["id"], "timestamp": crate::checks::now()});
                Action::replace(Message::json(&result))
            })
        },
    )
}
