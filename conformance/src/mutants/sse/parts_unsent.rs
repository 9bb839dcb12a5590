//! Parts are not in the stream.

use super::without;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire("sse.parts-unsent", "parts are not in the stream", "sse.parts", ReasonCode::Missing, || {
        without("partial_result")
    })
}
