//! The error before the close is missing.

use crate::checks::ReasonCode;
use crate::mutants::{Action, Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.connections-without-error",
        "a connection too many is closed without its error",
        "limits.connections-per-session",
        ReasonCode::Closed,
        || {
            edit::on_message("error", |_, error| {
                if error["code"] == "TOO_MANY_CONNECTIONS" { Action::drop() } else { Action::Pass }
            })
        },
    )
}
