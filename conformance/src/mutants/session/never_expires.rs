//! Sessions live longer than is announced.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "session.never-expires",
        "Sessions live longer than is announced",
        "session.expires",
        ReasonCode::Accepted,
        || {
            edit::edit_message("connection_established", |greeting| {
                greeting["timers"]["session_ttl_ms"] = 400.into();
            })
        },
    )
}
