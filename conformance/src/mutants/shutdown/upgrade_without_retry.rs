//! 503 does not say when to come back.

use super::answers;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.upgrade-without-retry",
        "503 does not say when to come back",
        "shutdown.upgrades",
        ReasonCode::Missing,
        || answers("/ws/query", |response| response.set_field("Retry-After", None)),
    )
}
