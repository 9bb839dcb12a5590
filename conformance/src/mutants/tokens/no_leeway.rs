//! There is no leeway.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "tokens.no-leeway",
        "There is no leeway",
        "tokens.leeway",
        ReasonCode::Refused,
        "auth.leeway = \"0s\"",
    )
}
