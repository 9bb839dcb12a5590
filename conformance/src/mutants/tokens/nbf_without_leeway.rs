//! There is no leeway for the beginning of a token.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "tokens.nbf-without-leeway",
        "There is no leeway for the beginning of a token",
        "tokens.nbf-leeway",
        ReasonCode::Refused,
        "auth.leeway = \"0s\"",
    )
}
