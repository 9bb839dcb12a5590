//! Health names another service.

use super::edit_body;
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.health-other-service",
        "health names another service",
        "rest.health",
        ReasonCode::WrongValue,
        || {
            edit::edit_response(|request, response| {
                if request.target.ends_with("/health") {
                    edit_body(response, |body| body["service"] = "frontend".into());
                }
            })
        },
    )
}
