//! The close has another reason.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.connections-another-reason",
        "a connection too many is closed with another reason",
        "limits.connections-per-session",
        ReasonCode::WrongCloseReason,
        || {
            edit::edit_close(|code, reason| {
                (
                    code,
                    if reason == "Too many connections" {
                        "policy violation".to_owned()
                    } else {
                        reason.to_owned()
                    },
                )
            })
        },
    )
}
