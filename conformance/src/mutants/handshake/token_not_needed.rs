//! Upgrade is enough, whatever Connection says.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.token-not-needed",
        "Upgrade is enough, whatever Connection says",
        "handshake.no-connection-token",
        ReasonCode::Accepted,
        || {
            edit::on_request(|request| {
                if request.field("Upgrade").is_some() {
                    Reply::Rewrite(request.clone().with("Connection", "Upgrade"))
                } else {
                    Reply::Pass
                }
            })
        },
    )
}
