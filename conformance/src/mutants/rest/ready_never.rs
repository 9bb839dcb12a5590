//! Ready never says that it is.
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.ready-never",
        "ready never says that it is",
        "rest.ready",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|request, response| {
                if request.target.ends_with("/ready") {
                    response.status = 503;
                }
            })
        },
    )
}
