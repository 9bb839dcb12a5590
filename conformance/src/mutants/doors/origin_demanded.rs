//! Who sends no origin is refused.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "doors.origin-demanded",
        "Who sends no origin is refused",
        "doors.origin-none",
        ReasonCode::Refused,
        || {
            edit::on_request(|request| match request.field("Origin") {
                None => Reply::Rewrite(request.clone().header("Origin", "https://evil.example")),
                Some(_) => Reply::Pass,
            })
        },
    )
}
