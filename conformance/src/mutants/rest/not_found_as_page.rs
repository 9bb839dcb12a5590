//! An unknown path is answered by a page.
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.not-found-as-page",
        "an unknown path is answered by a page",
        "rest.not-found",
        ReasonCode::Malformed,
        || {
            edit::edit_response(|_, response| {
                if response.status == 404 {
                    response.set_body("<h1>not found</h1>");
                }
            })
        },
    )
}
