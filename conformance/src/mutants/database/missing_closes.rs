//! A missing context closes the connection.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.missing-closes",
        "a missing context closes the connection",
        "database.required-recovers",
        ReasonCode::Closed,
        || {
            let mut refused = false;
            edit::server_messages(move |message: &Message| {
                let Some(value) = message.to_json() else { return Action::Pass };
                if refused {
                    return Action::close(1008, "Invalid context");
                }
                refused = value["code"] == "DATABASE_CONTEXT_MISSING";
                Action::Pass
            })
        },
    )
}
