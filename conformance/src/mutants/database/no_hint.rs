//! The error has no hint.

use super::without_detail;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "database.no-hint",
        "the error has no hint",
        "database.unknown-helps",
        ReasonCode::Missing,
        || without_detail("hint"),
    )
}
