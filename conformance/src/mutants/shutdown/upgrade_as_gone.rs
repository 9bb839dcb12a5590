//! An upgrade is 404 while draining.

use super::answers;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.upgrade-as-gone",
        "an upgrade is 404 while draining",
        "shutdown.upgrades",
        ReasonCode::WrongStatus,
        || {
            answers("/ws/query", |response| {
                if response.status == 503 {
                    response.status = 404;
                }
            })
        },
    )
}
