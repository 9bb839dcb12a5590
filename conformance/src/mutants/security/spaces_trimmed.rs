//! Spaces before a colon are trimmed.

use super::tolerated;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "security.spaces-trimmed",
        "Spaces before a colon are trimmed",
        "security.space-before-colon",
        ReasonCode::Accepted,
        || tolerated(|request| request.headers.iter().any(|(name, _)| name.ends_with(' '))),
    )
}
