//! A token that is not needed is judged.

use super::sent_to_api;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.unneeded-token-judged",
        "A token that is not needed is judged",
        "tokens.not-asked-for",
        ReasonCode::Refused,
        || sent_to_api(|request| request.field("Authorization").is_some()),
    )
}
