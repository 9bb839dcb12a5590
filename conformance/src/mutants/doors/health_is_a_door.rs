//! An upgrade anywhere is a door.

use super::door_becomes;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.health-is-a-door",
        "An upgrade anywhere is a door",
        "doors.upgrade-elsewhere",
        ReasonCode::Accepted,
        || door_becomes("/health", "/ws/query"),
    )
}
