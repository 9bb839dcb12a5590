//! HTTP/1.0 is upgraded too.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.http-1-0-accepted",
        "HTTP/1.0 is upgraded too",
        "handshake.http-1-0",
        ReasonCode::Accepted,
        || {
            edit::on_request(|request| {
                if request.version == "HTTP/1.0" {
                    Reply::Rewrite(request.clone().version("HTTP/1.1"))
                } else {
                    Reply::Pass
                }
            })
        },
    )
}
