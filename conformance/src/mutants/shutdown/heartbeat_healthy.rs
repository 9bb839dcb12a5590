//! Heartbeats say healthy.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "shutdown.heartbeat-healthy",
        "heartbeats say healthy",
        "shutdown.heartbeat",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("heartbeat_response", |answer| {
                answer["server_status"] = json!("healthy");
            })
        },
    )
}
