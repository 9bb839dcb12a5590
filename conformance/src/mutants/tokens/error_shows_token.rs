//! Errors show the token.

use super::Echo;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.error-shows-token",
        "Errors show the token",
        "tokens.secret-in-error",
        ReasonCode::Leak,
        || Echo::of("error"),
    )
}
