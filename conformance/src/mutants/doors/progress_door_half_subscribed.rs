//! At the progress door progress does not come.

use super::watcher_misses;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.progress-door-half-subscribed",
        "At the progress door progress does not come",
        "doors.progress-subscribed",
        ReasonCode::Lost,
        || watcher_misses("progress_update"),
    )
}
