//! A client's mistake is 500.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "security.mistakes-are-failures",
        "A client's mistake is 500",
        "security.errors-plain-request",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|_, response| {
                if response.status == 400 {
                    response.status = 500;
                }
            })
        },
    )
}
