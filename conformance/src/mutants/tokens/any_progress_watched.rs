//! A progress door's user does not matter.

use super::without_header;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.any-progress-watched",
        "A progress door's user does not matter",
        "tokens.foreign-progress",
        ReasonCode::Accepted,
        || without_header(|request| request.target.starts_with("/ws/progress/")),
    )
}
