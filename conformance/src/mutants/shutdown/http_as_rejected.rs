//! A query while draining is 422.

use super::answers;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.http-as-rejected",
        "a query while draining is 422",
        "shutdown.http-queries",
        ReasonCode::WrongStatus,
        || answers("/api/query", |response| response.status = 422),
    )
}
