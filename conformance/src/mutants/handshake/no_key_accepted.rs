//! A missing key is overlooked.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};
use crate::peer::SAMPLE_KEY;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.no-key-accepted",
        "a missing key is overlooked",
        "handshake.no-key",
        ReasonCode::Accepted,
        || {
            edit::on_request(|request| {
                if request.field("Sec-WebSocket-Key").is_none() {
                    Reply::Rewrite(request.clone().with("Sec-WebSocket-Key", SAMPLE_KEY))
                } else {
                    Reply::Pass
                }
            })
        },
    )
}
