//! The progress door asks for a token.

use super::sent_to_api;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.progress-with-token",
        "The progress door asks for a token",
        "tokens.progress-needs-none",
        ReasonCode::Refused,
        || {
            sent_to_api(|request| {
                request.target.starts_with("/ws/progress/") && request.field("Authorization").is_none()
            })
        },
    )
}
