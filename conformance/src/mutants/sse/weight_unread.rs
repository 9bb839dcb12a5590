//! The weight in Accept is not read.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.weight-unread",
        "the weight in Accept is not read",
        "sse.not-acceptable",
        ReasonCode::WrongValue,
        || {
            edit::on_request(|request| {
                let accept = request.field("Accept").unwrap_or_default().contains("text/event-stream");
                if accept {
                    Reply::Rewrite(request.clone().with("Accept", "text/event-stream"))
                } else {
                    Reply::Pass
                }
            })
        },
    )
}
