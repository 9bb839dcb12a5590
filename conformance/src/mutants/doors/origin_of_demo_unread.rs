//! Any page opens a demo door.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.origin-of-demo-unread",
        "Any page opens a demo door",
        "doors.origin-demo",
        ReasonCode::Accepted,
        || {
            edit::on_request(|request| {
                if request.target.ends_with("/demo") {
                    Reply::Rewrite(request.clone().without("Origin"))
                } else {
                    Reply::Pass
                }
            })
        },
    )
}
