//! A plain GET on a door is 404.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.plain-get-missing",
        "A plain GET on a door is 404",
        "doors.plain-get",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|request, response| {
                if request.target.starts_with("/ws/chat") {
                    response.status = 404;
                }
            })
        },
    )
}
