//! A refresh takes a token with a wrong signature.

use super::refresh_takes;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.refresh-takes-forged",
        "A refresh takes a token with a wrong signature",
        "tokens.refresh-bad",
        ReasonCode::Accepted,
        || refresh_takes(|_, _| true),
    )
}
