//! There is no OpenAPI document.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.requests-unpublished",
        "There is no OpenAPI document",
        "doors.schema-requests",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|request, response| {
                if request.target.ends_with("openapi.json") {
                    response.status = 404;
                }
            })
        },
    )
}
