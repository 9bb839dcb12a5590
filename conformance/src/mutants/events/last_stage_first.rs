//! The last stage is over from the begin.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.last-stage-first",
        "the last stage is over from the begin",
        "events.stages-one-after-another",
        ReasonCode::WrongOrder,
        || {
            edit::edit_message("progress_update", |update| {
                let last =
                    update["execution_order"].as_array().map_or(0, |order| order.len().saturating_sub(1));
                update["execution_order"][last]["status"] = json!("completed");
                update["execution_order"][0]["status"] = json!("running");
            })
        },
    )
}
