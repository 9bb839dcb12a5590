//! A key of any length is accepted.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};
use crate::peer::SAMPLE_KEY;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.any-key-accepted",
        "a key of any length is accepted",
        "handshake.bad-key",
        ReasonCode::Accepted,
        || {
            edit::on_request(|request| {
                if request.field("Sec-WebSocket-Key").is_some_and(|key| key.len() != 24) {
                    Reply::Rewrite(request.clone().with("Sec-WebSocket-Key", SAMPLE_KEY))
                } else {
                    Reply::Pass
                }
            })
        },
    )
}
