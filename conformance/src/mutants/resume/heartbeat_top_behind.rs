//! The offset of heartbeats is one behind.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "resume.heartbeat-top-behind",
        "the offset of heartbeats is one behind",
        "resume.top-in-heartbeat",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("heartbeat_response", |message| {
                message["top"] = json!(message["top"].as_u64().unwrap_or_default().saturating_sub(1));
            })
        },
    )
}
