//! The progress door opens a session of its own.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.progress-other-session",
        "The progress door opens a session of its own",
        "doors.progress",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("connection_established", |greeting| {
                greeting["session_id"] = "made_for_this_connection".into();
            })
        },
    )
}
