//! A transaction has no ETag.

use super::field_of;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.no-tag",
        "a transaction has no ETag",
        "polling.not-modified",
        ReasonCode::Missing,
        || field_of("/api/transactions/", "ETag", None),
    )
}
