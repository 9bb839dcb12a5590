//! A foreign session is 403 by a request.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.foreign-session-forbidden",
        "A foreign session is 403 by a request",
        "tokens.request-foreign-session",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|request, response| {
                if request.method == "GET" && response.status == 404 {
                    response.status = 403;
                }
            })
        },
    )
}
