//! Metrics.uptime_seconds falls.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.uptime-falls",
        "metrics.uptime_seconds falls",
        "life.uptime-seconds",
        ReasonCode::WrongValue,
        || {
            let mut left = 1_000_000;
            edit::edit_message("heartbeat_response", move |response| {
                left -= 1;
                response["metrics"]["uptime_seconds"] = left.into();
            })
        },
    )
}
