//! Pong_timeout_ms is written in seconds.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "handshake.timers-in-seconds",
        "pong_timeout_ms is written in seconds",
        "handshake.established-timers",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("connection_established", |message| {
                let timer = &mut message["timers"]["pong_timeout_ms"];
                *timer = (timer.as_u64().unwrap_or_default() / 1_000).into();
            })
        },
    )
}
