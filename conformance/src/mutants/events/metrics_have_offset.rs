//! System_metrics has an offset.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.metrics-have-offset",
        "system_metrics has an offset",
        "events.system-metrics",
        ReasonCode::Unexpected,
        || {
            edit::edit_message("system_metrics", |figures| {
                figures["offset"] = json!(1);
            })
        },
    )
}
