//! The stream may be cached.

use super::answers;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire("sse.cacheable", "the stream may be cached", "sse.uncached", ReasonCode::Missing, || {
        answers("/api/query", |response| response.set_field("Cache-Control", None))
    })
}
