//! A body that is too large is a bad request.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.large-is-bad",
        "a body that is too large is a bad request",
        "rest.body-too-large",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|_, response| {
                if response.status == 413 {
                    response.status = 400;
                }
            })
        },
    )
}
