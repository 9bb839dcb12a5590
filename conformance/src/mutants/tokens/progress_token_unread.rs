//! The progress door reads no token.

use super::without_header;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.progress-token-unread",
        "The progress door reads no token",
        "tokens.progress-bad",
        ReasonCode::Accepted,
        || without_header(|request| request.target.starts_with("/ws/progress/")),
    )
}
