//! The event of the id comes again.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.last-again",
        "the event of the id comes again",
        "sse.last-event-id",
        ReasonCode::WrongValue,
        || {
            edit::on_request(|request| {
                match request.field("Last-Event-ID").and_then(|id| id.split_once(':')) {
                    Some((epoch, _)) => {
                        let before = format!("{epoch}:1");
                        Reply::Rewrite(request.clone().with("Last-Event-ID", &before))
                    }
                    None => Reply::Pass,
                }
            })
        },
    )
}
