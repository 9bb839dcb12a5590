//! An unknown session is called expired.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.unknown-session-expired",
        "an unknown session is closed with the reason of an expired one",
        "limits.unknown-session",
        ReasonCode::WrongCloseReason,
        || {
            edit::edit_close(|code, reason| {
                (
                    code,
                    if reason == "Invalid session" {
                        "Session expired".to_owned()
                    } else {
                        reason.to_owned()
                    },
                )
            })
        },
    )
}
