//! An unknown session has a stream.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.unknown-streams",
        "an unknown session has a stream",
        "sse.unknown",
        ReasonCode::Accepted,
        || {
            edit::edit_response(|_, response| {
                if response.status == 404 {
                    response.status = 200;
                    response.set_field("Content-Type", Some("text/event-stream"));
                    response.set_body("retry: 1000\n\n");
                }
            })
        },
    )
}
