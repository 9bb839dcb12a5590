//! An unknown field within a query is a mistake.

use super::refused_where;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.preferences-closed",
        "an unknown field within a query is a mistake",
        "query.unknown-fields",
        ReasonCode::Refused,
        || {
            refused_where("INVALID_MESSAGE", |query| {
                ["preferences", "database_context"].iter().any(|part| !query[*part]["surprise"].is_null())
            })
        },
    )
}
