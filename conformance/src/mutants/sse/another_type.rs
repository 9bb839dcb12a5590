//! The stream is called text/plain.

use super::answers;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.another-type",
        "the stream is called text/plain",
        "sse.content-type",
        ReasonCode::WrongValue,
        || answers("/api/query", |response| response.set_field("Content-Type", Some("text/plain"))),
    )
}
