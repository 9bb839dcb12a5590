//! The handshake times out before the announced time.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.timeout-announced-longer",
        "The handshake times out before the announced time",
        "handshake.required-timeout",
        ReasonCode::Early,
        || {
            edit::edit_message("connection_established", |greeting| {
                greeting["timers"]["handshake_timeout_ms"] = 1_500.into();
            })
        },
    )
}
