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
                let timers = &mut greeting["timers"];
                timers["handshake_timeout_ms"] =
                    (timers["handshake_timeout_ms"].as_u64().unwrap_or_default() * 3 / 2).into();
            })
        },
    )
}
