//! The session has the id that was asked for in small letters.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.session-id-lowercased",
        "the session has the id that was asked for in small letters",
        "session.session-id",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("connection_acknowledged", |ack| {
                let small = ack["session_id"].as_str().map(str::to_lowercase);
                ack["session_id"] = small.into();
            })
        },
    )
}
