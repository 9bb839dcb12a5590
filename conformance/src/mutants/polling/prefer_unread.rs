//! Prefer is not read.

use super::unread;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.prefer-unread",
        "Prefer is not read",
        "polling.location",
        ReasonCode::WrongStatus,
        || unread("Prefer"),
    )
}
