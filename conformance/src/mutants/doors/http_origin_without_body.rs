//! A foreign origin gets no error body.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.http-origin-without-body",
        "A foreign origin gets no error body",
        "doors.http-foreign-origin",
        ReasonCode::Malformed,
        || {
            edit::edit_response(|request, response| {
                if response.status == 403 {
                    response.set_body("Forbidden");
                }
                let _ = request;
            })
        },
    )
}
