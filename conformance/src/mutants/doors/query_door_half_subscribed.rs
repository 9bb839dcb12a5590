//! At the query door others' progress does not come.

use super::watcher_misses;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.query-door-half-subscribed",
        "At the query door others' progress does not come",
        "doors.query-subscribed",
        ReasonCode::Lost,
        || watcher_misses("progress_update"),
    )
}
