//! The production door speaks the named dialect.

use super::door_becomes;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.api-named",
        "The production door speaks the named dialect",
        "doors.api-opens",
        ReasonCode::WrongValue,
        || door_becomes("/api/v1/ws", "/ws/query"),
    )
}
