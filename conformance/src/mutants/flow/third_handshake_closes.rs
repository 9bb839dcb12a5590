//! The second handshake too many ends the connection.

use crate::checks::{ReasonCode, field};
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "flow.third-handshake-closes",
        "the second handshake too many ends the connection",
        "flow.signs",
        ReasonCode::Closed,
        || {
            let mut refused = 0;
            edit::on_message("error", move |_, error| {
                if field::name(&error) == "error" && error["code"] == "ALREADY_ESTABLISHED" {
                    refused += 1;
                }
                if refused == 2 { Action::close(1002, "handshake") } else { Action::Pass }
            })
        },
    )
}
