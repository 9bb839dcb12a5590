//! The progress path without a session is a door.

use super::door_becomes;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.progress-of-nobody",
        "The progress path without a session is a door",
        "doors.progress-bare",
        ReasonCode::Accepted,
        || door_becomes("/ws/progress", "/ws/query"),
    )
}
