//! Every path below /ws opens a door.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.any-path-opens",
        "every path below /ws opens a door",
        "handshake.unknown-path",
        ReasonCode::Accepted,
        || {
            edit::on_request(|request| {
                if request.target.ends_with("/no-such-door") {
                    let mut other = request.clone();
                    "/ws/query".clone_into(&mut other.target);
                    Reply::Rewrite(other)
                } else {
                    Reply::Pass
                }
            })
        },
    )
}
