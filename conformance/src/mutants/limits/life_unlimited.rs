//! Signs of life are not limited.

use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::config(
        "limits.life-unlimited",
        "as many signs of life may be given as one likes",
        "limits.life-limit",
        ReasonCode::Accepted,
        "limits.life_limit = 100000",
    )
}
