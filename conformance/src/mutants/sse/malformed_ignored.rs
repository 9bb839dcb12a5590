//! A malformed id is ignored.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.malformed-ignored",
        "a malformed id is ignored",
        "sse.malformed-id",
        ReasonCode::Accepted,
        || edit::on_request(|request| Reply::Rewrite(request.clone().without("Last-Event-ID"))),
    )
}
