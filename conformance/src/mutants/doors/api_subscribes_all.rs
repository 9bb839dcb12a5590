//! A subscription at a typed door brings everything.

use super::Subscriber;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.api-subscribes-all",
        "A subscription at a typed door brings everything",
        "doors.api-subscribes",
        ReasonCode::Unexpected,
        || Subscriber(&["query_result", "progress_update"]),
    )
}
