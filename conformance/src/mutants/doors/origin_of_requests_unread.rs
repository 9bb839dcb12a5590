//! Requests of any page are answered.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.origin-of-requests-unread",
        "Requests of any page are answered",
        "doors.origin-request",
        ReasonCode::Accepted,
        || {
            edit::on_request(|request| match request.field("Upgrade") {
                None => Reply::Rewrite(request.clone().without("Origin")),
                Some(_) => Reply::Pass,
            })
        },
    )
}
