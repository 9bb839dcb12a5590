//! A transaction of the wrong type closes.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.odd-transaction-closes",
        "a transaction of the wrong type closes",
        "commands.odd-transaction",
        ReasonCode::Closed,
        || {
            edit::on_message("error", |_, error| {
                if error["code"] == "INVALID_MESSAGE" {
                    Action::close(1008, "Invalid message")
                } else {
                    Action::Pass
                }
            })
        },
    )
}
