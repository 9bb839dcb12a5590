//! There is no AsyncAPI document.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.messages-unpublished",
        "There is no AsyncAPI document",
        "doors.schema-messages",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|request, response| {
                if request.target.ends_with("asyncapi.json") {
                    response.status = 404;
                }
            })
        },
    )
}
