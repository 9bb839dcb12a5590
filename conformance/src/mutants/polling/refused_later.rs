//! A refused question is accepted.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.refused-later",
        "a refused question is accepted",
        "polling.refused",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|_, response| {
                if response.status == 422 {
                    response.status = 202;
                }
            })
        },
    )
}
