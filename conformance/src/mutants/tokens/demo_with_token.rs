//! The demo door asks for a token.

use super::sent_to_api;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.demo-with-token",
        "The demo door asks for a token",
        "tokens.demo-needs-none",
        ReasonCode::Refused,
        || sent_to_api(|request| request.target.ends_with("/demo")),
    )
}
