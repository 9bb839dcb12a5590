//! Every Origin may open a door.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.any-origin",
        "every Origin may open a door",
        "handshake.foreign-origin",
        ReasonCode::Accepted,
        || {
            edit::on_request(|request| {
                if request.field("Origin").is_some() {
                    Reply::Rewrite(request.clone().without("Origin"))
                } else {
                    Reply::Pass
                }
            })
        },
    )
}
