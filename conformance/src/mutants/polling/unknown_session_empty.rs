//! An unknown session is an empty list.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.unknown-session-empty",
        "an unknown session is an empty list",
        "polling.unknown-session",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|_, response| {
                if response.status == 404 {
                    response.status = 200;
                    response.set_body("{\"events\":[]}");
                }
            })
        },
    )
}
