//! 202 has no tag.

use super::field_of;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.no-tag-at-first",
        "202 has no tag",
        "polling.tag-changes",
        ReasonCode::Missing,
        || field_of("/api/query", "ETag", None),
    )
}
