//! Location names the query path.

use super::field_of;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "polling.location-of-query",
        "Location names the query path",
        "polling.location",
        ReasonCode::WrongValue,
        || field_of("/api/query", "Location", Some("/api/query")),
    )
}
