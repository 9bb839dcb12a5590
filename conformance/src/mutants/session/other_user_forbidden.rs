//! Another user is refused with FORBIDDEN.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.other-user-forbidden",
        "another user is refused with FORBIDDEN",
        "session.other-user",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |error| {
                if error["code"] == "INVALID_SESSION" {
                    error["code"] = "FORBIDDEN".into();
                }
            })
        },
    )
}
