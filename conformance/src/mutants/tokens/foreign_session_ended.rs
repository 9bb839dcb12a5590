//! Anybody ends a session by a request.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::Response;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.foreign-session-ended",
        "Anybody ends a session by a request",
        "tokens.request-foreign-delete",
        ReasonCode::Accepted,
        || {
            edit::edit_response(|request, response| {
                if request.method == "DELETE" {
                    *response = Response::new(204, "No Content", "");
                }
            })
        },
    )
}
