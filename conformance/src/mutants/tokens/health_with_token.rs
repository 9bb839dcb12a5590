//! Health asks for a token.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.health-with-token",
        "Health asks for a token",
        "tokens.health-needs-none",
        ReasonCode::Refused,
        || {
            edit::edit_response(|request, response| {
                if request.target == "/health" && request.field("Authorization").is_none() {
                    response.status = 401;
                }
            })
        },
    )
}
