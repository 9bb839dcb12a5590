//! A refusal comes inside a stream.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "sse.refused-in-stream",
        "a refusal comes inside a stream",
        "sse.refused",
        ReasonCode::WrongStatus,
        || {
            edit::edit_response(|_, response| {
                if response.status == 422 {
                    let body = format!("event: error\ndata: {}\n\n", response.text());
                    response.status = 200;
                    response.set_body(body);
                    response.set_field("Content-Type", Some("text/event-stream"));
                }
            })
        },
    )
}
