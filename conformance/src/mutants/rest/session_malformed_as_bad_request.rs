//! A malformed session id is 400.
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.session-malformed-as-bad-request",
        "a malformed session id is 400",
        "rest.session-malformed",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|request, response| {
                if request.target.ends_with("/short") && response.status == 404 {
                    response.status = 400;
                }
            })
        },
    )
}
