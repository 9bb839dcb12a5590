//! Health is 200 while draining.

use super::answers;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.draining-with-200",
        "health is 200 while draining",
        "shutdown.health",
        ReasonCode::WrongStatus,
        || answers("/health", |response| response.status = 200),
    )
}
