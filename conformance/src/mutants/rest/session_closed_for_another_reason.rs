//! The sockets of a deleted session are closed for another reason.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.session-closed-for-another-reason",
        "the sockets of a deleted session are closed as if it had never been known",
        "rest.session-delete",
        ReasonCode::WrongCloseReason,
        || {
            edit::edit_close(|code, reason| {
                let reason = if reason == "Session expired" { "Invalid session" } else { reason };
                (code, reason.to_owned())
            })
        },
    )
}
