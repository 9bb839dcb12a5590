//! Dead letters come as a bare list.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.letters-unnamed",
        "dead letters come as a bare list",
        "rest.dead-letters",
        ReasonCode::Malformed,
        || {
            edit::edit_response(|request, response| {
                if request.target.ends_with("/api/admin/dead-letters") {
                    response.set_body("[]");
                }
            })
        },
    )
}
