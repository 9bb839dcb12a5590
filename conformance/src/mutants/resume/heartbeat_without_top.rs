//! Heartbeats don't tell the last offset.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.heartbeat-without-top",
        "heartbeats don't tell the last offset",
        "resume.top-in-heartbeat",
        ReasonCode::Missing,
        || {
            edit::edit_message("heartbeat_response", |message| {
                message.as_object_mut().map(|fields| fields.remove("top"));
            })
        },
    )
}
