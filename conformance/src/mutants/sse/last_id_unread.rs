//! Last-Event-ID is not read.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.last-id-unread",
        "Last-Event-ID is not read",
        "sse.last-event-id",
        ReasonCode::Missing,
        || edit::on_request(|request| Reply::Rewrite(request.clone().without("Last-Event-ID"))),
    )
}
