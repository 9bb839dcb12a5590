//! Progress has no epoch.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.epoch-left-out",
        "progress has no epoch",
        "resume.epoch-and-session",
        ReasonCode::Missing,
        || {
            edit::edit_message("progress_update", |message| {
                message.as_object_mut().map(|fields| fields.remove("epoch"));
            })
        },
    )
}
