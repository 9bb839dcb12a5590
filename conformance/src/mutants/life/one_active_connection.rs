//! Metrics.active_connections counts the asking connection alone.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "life.one-active-connection",
        "metrics.active_connections counts the asking connection alone",
        "life.active-connections",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("heartbeat_response", |response| {
                response["metrics"]["active_connections"] = 1.into();
            })
        },
    )
}
