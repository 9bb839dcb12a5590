//! The development door opens without a token.

use super::door_becomes;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.dev-open-to-all",
        "The development door opens without a token",
        "doors.dev-needs-token",
        ReasonCode::Accepted,
        || door_becomes("/api/v1/ws/dev", "/api/v1/ws/demo"),
    )
}
