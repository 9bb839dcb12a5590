//! A token with nbf is refused, whenever it begins.

use super::{claimed, without_header};
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.nbf-refused",
        "A token with nbf is refused, whenever it begins",
        "tokens.nbf-past",
        ReasonCode::Refused,
        || without_header(|request| claimed(request, "nbf").is_some()),
    )
}
