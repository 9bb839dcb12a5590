//! Resumed does not tell where it ends.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.resumed-without-to",
        "resumed does not tell where it ends",
        "resume.fields",
        ReasonCode::Missing,
        || {
            edit::edit_message("resumed", |message| {
                message.as_object_mut().map(|fields| fields.remove("to"));
            })
        },
    )
}
