//! A query by a request is asked in anybody's session.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};
use crate::peer::Response;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.foreign-session-asked",
        "A query by a request is asked in anybody's session",
        "tokens.request-foreign-query",
        ReasonCode::Accepted,
        || {
            edit::edit_response(|request, response| {
                if request.method == "POST" {
                    *response = Response::new(200, "OK", "{}");
                }
            })
        },
    )
}
