//! A path goes decoded into a field.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "security.path-decoded-into-field",
        "A path goes decoded into a field",
        "security.crlf-in-path",
        ReasonCode::Accepted,
        || {
            edit::edit_response(|request, response| {
                if request.target.contains("%0d%0a") {
                    response.set_field("X-Injected", Some("yes"));
                }
            })
        },
    )
}
