//! A session's life runs while it is connected to.

use super::progress_unknown;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.expires-while-held",
        "A session's life runs while it is connected to",
        "session.held",
        ReasonCode::Refused,
        progress_unknown,
    )
}
