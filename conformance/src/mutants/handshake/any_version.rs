//! Every version is accepted.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.any-version",
        "every version is accepted",
        "handshake.version",
        ReasonCode::Accepted,
        || {
            edit::on_request(|request| {
                if request.field("Sec-WebSocket-Version") == Some("8") {
                    Reply::Rewrite(request.clone().with("Sec-WebSocket-Version", "13"))
                } else {
                    Reply::Pass
                }
            })
        },
    )
}
