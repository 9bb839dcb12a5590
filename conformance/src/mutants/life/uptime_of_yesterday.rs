//! Metrics.uptime is an instant gone by.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.uptime-of-yesterday",
        "metrics.uptime is an instant gone by",
        "life.uptime-instant",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("heartbeat_response", |response| {
                response["metrics"]["uptime"] = "2026-01-01T00:00:00.000Z".into();
            })
        },
    )
}
