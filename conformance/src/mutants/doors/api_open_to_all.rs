//! The production door opens without a token.

use super::door_becomes;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.api-open-to-all",
        "The production door opens without a token",
        "doors.api-needs-token",
        ReasonCode::Accepted,
        || door_becomes("/api/v1/ws", "/api/v1/ws/demo"),
    )
}
