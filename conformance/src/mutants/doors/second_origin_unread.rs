//! Of two origins the first counts.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.second-origin-unread",
        "Of two origins the first counts",
        "doors.origin-two",
        ReasonCode::Accepted,
        || {
            edit::on_request(|request| {
                let first = request.field("Origin").unwrap_or_default().to_owned();
                if first.is_empty() {
                    Reply::Pass
                } else {
                    Reply::Rewrite(request.clone().with("Origin", &first))
                }
            })
        },
    )
}
