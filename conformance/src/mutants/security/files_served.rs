//! Dots in a path lead to files.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::Response;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "security.files-served",
        "Dots in a path lead to files",
        "security.traversal",
        ReasonCode::Leak,
        || {
            edit::edit_response(|request, response| {
                if request.target.contains("passwd") {
                    *response = Response::new(200, "OK", "root:x:0:0:root:/root:/bin/bash");
                }
            })
        },
    )
}
