//! 202 does not say where to look.

use super::field_of;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.no-location",
        "202 does not say where to look",
        "polling.location",
        ReasonCode::Missing,
        || field_of("/api/query", "Location", None),
    )
}
