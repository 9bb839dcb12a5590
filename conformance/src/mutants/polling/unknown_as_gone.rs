//! An unknown transaction is 410.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.unknown-as-gone",
        "an unknown transaction is 410",
        "polling.unknown",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|_, response| {
                if response.status == 404 {
                    response.status = 410;
                }
            })
        },
    )
}
