//! Only the asker may command.

use serde_json::json;

use crate::checks::{ReasonCode, now};
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.askers-only",
        "only the asker may command",
        "commands.other-socket",
        ReasonCode::Refused,
        || {
            let mut asked = false;
            edit::client_messages(move |message| {
                let Some(value) = message.to_json() else { return Action::Pass };
                asked |= value["type"] == "query";
                if value["type"] == "command" && !asked {
                    return Action::replace(Message::json(&json!({
                        "type": "error", "code": "NOT_FOUND", "message": "not yours", "id": value["id"], "timestamp": now(),
                    })));
                }
                Action::Pass
            })
        },
    )
}
