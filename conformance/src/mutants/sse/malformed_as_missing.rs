//! A malformed id is 404.

use super::answers;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.malformed-as-missing",
        "a malformed id is 404",
        "sse.malformed-id",
        ReasonCode::WrongStatus,
        || {
            answers("/api/progress/", |response| {
                if response.status == 400 {
                    response.status = 404;
                }
            })
        },
    )
}
