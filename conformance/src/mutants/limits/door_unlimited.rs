//! A door takes any number of connections.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.door-unlimited",
        "A door takes any number of connections",
        "limits.full-door",
        ReasonCode::Accepted,
        || {
            edit::on_request(|request| {
                let mut other = request.clone();
                "/ws/query".clone_into(&mut other.target);
                if request.target == "/ws/chat" { Reply::Rewrite(other) } else { Reply::Pass }
            })
        },
    )
}
