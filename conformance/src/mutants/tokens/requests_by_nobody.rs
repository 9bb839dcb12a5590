//! Requests need no token.

use super::{admitted, asks};
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.requests-by-nobody",
        "Requests need no token",
        "tokens.request-none",
        ReasonCode::Accepted,
        || admitted(asks),
    )
}
