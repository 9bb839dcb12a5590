//! The tag never changes.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.tag-stays",
        "the tag never changes",
        "polling.tag-changes",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|request, response| {
                if request.field("If-None-Match").is_some() {
                    response.status = 304;
                    response.body.clear();
                }
            })
        },
    )
}
