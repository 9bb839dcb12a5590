//! A connection is closed when idle_timeout has passed since its opening.

use super::IdleFrom;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.idle-from-opening",
        "a connection is closed when idle_timeout has passed since its opening",
        "life.idle-restarts",
        ReasonCode::Early,
        IdleFrom::opening,
    )
}
