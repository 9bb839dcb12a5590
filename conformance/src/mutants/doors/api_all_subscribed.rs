//! A typed door is subscribed to everything.

use super::Subscriber;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.api-all-subscribed",
        "A typed door is subscribed to everything",
        "doors.api-nothing-subscribed",
        ReasonCode::Unexpected,
        || Subscriber(&["query_result", "progress_update"]),
    )
}
