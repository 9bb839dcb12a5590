//! An empty token is good.

use super::admitted;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.empty-token-good",
        "An empty token is good",
        "tokens.empty",
        ReasonCode::Accepted,
        || admitted(|request| request.target.ends_with("?token=")),
    )
}
