//! Metrics.uptime is a duration.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.uptime-as-duration",
        "metrics.uptime is a duration",
        "life.uptime-instant",
        ReasonCode::WrongType,
        || {
            edit::edit_message("heartbeat_response", |response| {
                response["metrics"]["uptime"] = response["metrics"]["uptime_seconds"].clone();
            })
        },
    )
}
