//! Progress is not in the stream.

use super::without;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire("sse.no-progress", "progress is not in the stream", "sse.order", ReasonCode::Missing, || {
        without("progress_update")
    })
}
