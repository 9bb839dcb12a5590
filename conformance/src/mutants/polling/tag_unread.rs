//! If-None-Match is not read.

use super::unread;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.tag-unread",
        "If-None-Match is not read",
        "polling.not-modified",
        ReasonCode::WrongStatus,
        || unread("If-None-Match"),
    )
}
