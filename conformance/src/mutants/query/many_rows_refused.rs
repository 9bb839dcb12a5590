//! More rows than there may be are refused.

use super::refused_where;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.many-rows-refused",
        "more rows than there may be are refused",
        "query.max-rows-clamped",
        ReasonCode::Refused,
        || {
            refused_where("INVALID_MESSAGE", |query| {
                query["preferences"]["max_rows"].as_u64().is_some_and(|rows| rows > 10_000)
            })
        },
    )
}
