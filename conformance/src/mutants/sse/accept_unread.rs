//! Accept is not read.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.accept-unread",
        "Accept is not read",
        "sse.content-type",
        ReasonCode::WrongValue,
        || edit::on_request(|request| Reply::Rewrite(request.clone().without("Accept"))),
    )
}
