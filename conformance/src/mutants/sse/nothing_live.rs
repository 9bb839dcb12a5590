//! A session's stream stays empty.

use super::without;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.nothing-live",
        "a session's stream stays empty",
        "sse.live",
        ReasonCode::Missing,
        || without("query_accepted"),
    )
}
