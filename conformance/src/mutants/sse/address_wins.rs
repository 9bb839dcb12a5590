//! The address wins over Last-Event-ID.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.address-wins",
        "the address wins over Last-Event-ID",
        "sse.field-wins",
        ReasonCode::WrongValue,
        || {
            edit::on_request(|request| {
                let known = request.target.contains("offset=");
                if known { Reply::Rewrite(request.clone().without("Last-Event-ID")) } else { Reply::Pass }
            })
        },
    )
}
