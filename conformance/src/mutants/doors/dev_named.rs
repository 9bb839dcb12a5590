//! The development door speaks the named dialect.

use super::door_becomes;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.dev-named",
        "The development door speaks the named dialect",
        "doors.dev-opens",
        ReasonCode::WrongValue,
        || door_becomes("/api/v1/ws/dev", "/ws/query"),
    )
}
