//! Another method is answered with 404.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.method-as-missing",
        "another method is answered with 404",
        "handshake.method",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|_, response| {
                if response.status == 405 {
                    response.status = 404;
                }
            })
        },
    )
}
