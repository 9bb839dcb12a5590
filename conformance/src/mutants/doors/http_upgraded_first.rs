//! Who has no token is upgraded and told then.

use super::door_becomes;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.http-upgraded-first",
        "Who has no token is upgraded and told then",
        "doors.http-no-token",
        ReasonCode::Accepted,
        || door_becomes("/ws/query", "/ws/demo"),
    )
}
