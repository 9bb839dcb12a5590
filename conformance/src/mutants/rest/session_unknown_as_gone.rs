//! An unknown session is 410.
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.session-unknown-as-gone",
        "an unknown session is 410",
        "rest.session-unknown",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|request, response| {
                if request.target.contains("/api/sessions/") && response.status == 404 {
                    response.status = 410;
                }
            })
        },
    )
}
