//! A session never counts its connections.

use super::edit_body;
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.session-without-connections",
        "a session never counts its connections",
        "rest.session-get",
        ReasonCode::WrongValue,
        || {
            edit::edit_response(|request, response| {
                if request.method == "GET" && request.target.contains("/api/sessions/") {
                    edit_body(response, |body| body["connections"] = 0.into());
                }
            })
        },
    )
}
