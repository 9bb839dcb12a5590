//! A session ends with its last connection.

use super::progress_unknown;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.expires-at-once",
        "A session ends with its last connection",
        "session.kept",
        ReasonCode::Refused,
        progress_unknown,
    )
}
