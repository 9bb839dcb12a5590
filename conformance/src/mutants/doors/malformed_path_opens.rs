//! A malformed id in the path gets a session.

use super::door_becomes;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.malformed-path-opens",
        "A malformed id in the path gets a session",
        "doors.progress-malformed",
        ReasonCode::Accepted,
        || door_becomes("/ws/progress/short", "/ws/query"),
    )
}
