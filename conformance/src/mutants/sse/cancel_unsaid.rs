//! A cancel ends the stream without a word.

use super::without;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.cancel-unsaid",
        "a cancel ends the stream without a word",
        "sse.cancelled",
        ReasonCode::Missing,
        || without("query_cancelled"),
    )
}
