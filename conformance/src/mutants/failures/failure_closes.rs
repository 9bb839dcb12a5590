//! A failed query closes the connection behind it.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};
use crate::peer::Message;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.failure-closes",
        "a failed query closes the connection behind it",
        "failures.goes-on",
        ReasonCode::Closed,
        || {
            let mut failed = false;
            edit::server_messages(move |message: &Message| {
                if failed {
                    return Action::close(1011, "Internal error");
                }
                failed = message.to_json().is_some_and(|value| value["code"] == "AGENT_UNAVAILABLE");
                Action::Pass
            })
        },
    )
}
