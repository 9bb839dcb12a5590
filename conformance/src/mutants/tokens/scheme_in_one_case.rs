//! Only the scheme Bearer, in this case, is known.

use super::without_header;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.scheme-in-one-case",
        "Only the scheme Bearer, in this case, is known",
        "tokens.scheme-case",
        ReasonCode::Refused,
        || {
            without_header(|request| {
                !request.field("Authorization").unwrap_or_default().starts_with("Bearer ")
            })
        },
    )
}
