//! A refresh takes an unsigned token.

use super::refresh_takes;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.refresh-takes-unsigned",
        "A refresh takes an unsigned token",
        "tokens.refresh-none-alg",
        ReasonCode::Accepted,
        || refresh_takes(|token, _| token.ends_with('.')),
    )
}
