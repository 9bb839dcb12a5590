//! Any scheme brings a token.

use super::admitted;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.any-scheme",
        "Any scheme brings a token",
        "tokens.other-scheme",
        ReasonCode::Accepted,
        || {
            admitted(|request| {
                request.field("Authorization").is_some_and(|value| value.starts_with("Basic "))
            })
        },
    )
}
