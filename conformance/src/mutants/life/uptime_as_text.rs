//! Metrics.uptime_seconds is a text.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.uptime-as-text",
        "metrics.uptime_seconds is a text",
        "life.uptime-seconds",
        ReasonCode::WrongType,
        || {
            edit::edit_message("heartbeat_response", |response| {
                let text = response["metrics"]["uptime_seconds"].to_string();
                response["metrics"]["uptime_seconds"] = text.into();
            })
        },
    )
}
