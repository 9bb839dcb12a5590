//! 404 has a body of text.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.unknown-as-text",
        "404 has a body of text",
        "doors.unknown-body",
        ReasonCode::Missing,
        || {
            edit::edit_response(|request, response| {
                if request.target.starts_with("/api/") {
                    response.set_body("Not Found");
                }
            })
        },
    )
}
