//! The heeded preference is not named.

use super::field_of;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.preference-unnamed",
        "the heeded preference is not named",
        "polling.preference-applied",
        ReasonCode::Missing,
        || field_of("/api/query", "Preference-Applied", None),
    )
}
