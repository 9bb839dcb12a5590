//! The same token in two places counts as two.

use super::second_token_changed;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.same-token-twice-refused",
        "The same token in two places counts as two",
        "tokens.twice-the-same",
        ReasonCode::Refused,
        second_token_changed,
    )
}
