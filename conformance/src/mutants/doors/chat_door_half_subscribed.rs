//! At the chat door others' acceptance does not come.

use super::watcher_misses;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.chat-door-half-subscribed",
        "At the chat door others' acceptance does not come",
        "doors.chat-subscribed",
        ReasonCode::Lost,
        || watcher_misses("query_accepted"),
    )
}
