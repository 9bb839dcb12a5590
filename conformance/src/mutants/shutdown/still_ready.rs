//! A server that drains says it is ready.

use super::answers;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.still-ready",
        "a server that drains says it is ready",
        "shutdown.not-ready",
        ReasonCode::WrongStatus,
        || answers("/ready", |response| response.status = 200),
    )
}
