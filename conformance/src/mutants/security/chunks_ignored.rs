//! A length beside chunks is believed.

use super::tolerated_twice;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "security.chunks-ignored",
        "A length beside chunks is believed",
        "security.length-and-chunks",
        ReasonCode::Accepted,
        tolerated_twice,
    )
}
