//! Research shows the stages of the usual workflow.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.research-as-usual",
        "research shows the stages of the usual workflow",
        "query.research-stages",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("progress_update", |update| {
                let order = update["execution_order"].as_array_mut();
                let names = [("research", "nlp"), ("analyst", "data"), ("reporting", "viz")];
                for (stage, (from, to)) in order.into_iter().flatten().zip(names) {
                    if stage["agent"] == from {
                        stage["agent"] = json!(to);
                    }
                }
            })
        },
    )
}
