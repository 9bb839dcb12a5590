//! An unknown path is answered by 200.
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.not-found-accepted",
        "an unknown path is answered by 200",
        "rest.not-found",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|_, response| {
                if response.status == 404 {
                    response.status = 200;
                }
            })
        },
    )
}
