//! The result has no offset.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.result-without-offset",
        "the result has no offset",
        "resume.offsets",
        ReasonCode::Missing,
        || {
            edit::edit_message("query_result", |message| {
                message.as_object_mut().map(|fields| fields.remove("offset"));
            })
        },
    )
}
