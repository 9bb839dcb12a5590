//! A missing version counts as 13.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.no-version-accepted",
        "a missing version counts as 13",
        "handshake.no-version",
        ReasonCode::Accepted,
        || {
            edit::on_request(|request| {
                if request.field("Sec-WebSocket-Version").is_none() {
                    Reply::Rewrite(request.clone().with("Sec-WebSocket-Version", "13"))
                } else {
                    Reply::Pass
                }
            })
        },
    )
}
