//! A token that names its audience in a list is refused.

use super::{claimed, without_header};
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.audience-list-refused",
        "A token that names its audience in a list is refused",
        "tokens.audience-list",
        ReasonCode::Refused,
        || without_header(|request| claimed(request, "aud").is_some_and(|audience| audience.is_array())),
    )
}
