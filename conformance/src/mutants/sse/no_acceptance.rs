//! The acceptance is not in the stream.

use super::without;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.no-acceptance",
        "the acceptance is not in the stream",
        "sse.order",
        ReasonCode::WrongValue,
        || without("query_accepted"),
    )
}
