//! Tokens among subprotocols are not read.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "tokens.subprotocol-token-unread",
        "Tokens among subprotocols are not read",
        "tokens.in-subprotocol",
        ReasonCode::Refused,
        || {
            edit::on_request(|request| {
                let offered = request.field("Sec-WebSocket-Protocol").unwrap_or_default();
                let plain: Vec<&str> =
                    offered.split(", ").filter(|name| !name.starts_with("bearer.")).collect();
                Reply::Rewrite(request.clone().with("Sec-WebSocket-Protocol", &plain.join(", ")))
            })
        },
    )
}
