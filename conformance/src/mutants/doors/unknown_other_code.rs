//! 404 has another code.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.unknown-other-code",
        "404 has another code",
        "doors.unknown-body",
        ReasonCode::WrongValue,
        || {
            edit::edit_response(|request, response| {
                if request.target.starts_with("/api/") {
                    let text = response.text().replace("NOT_FOUND", "UNKNOWN_PATH");
                    response.set_body(text);
                }
            })
        },
    )
}
