//! A stage that was over is pending again.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.stage-goes-back",
        "a stage that was over is pending again",
        "events.stages-forward",
        ReasonCode::WrongOrder,
        || {
            let mut seen = false;
            edit::edit_message("progress_update", move |update| {
                if seen {
                    update["execution_order"][0]["status"] = json!("pending");
                }
                seen |= update["execution_order"][0]["status"] == "completed"
                    || update["execution_order"][0]["status"] == "running";
            })
        },
    )
}
