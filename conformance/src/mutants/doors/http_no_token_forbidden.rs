//! No token is 403.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.http-no-token-forbidden",
        "No token is 403",
        "doors.http-no-token",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|request, response| {
                if response.status == 401 {
                    response.status = 403;
                }
                let _ = request;
            })
        },
    )
}
