//! The stage that failed still runs.

use serde_json::json;

use super::transactions;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.stage-runs-on",
        "the stage that failed still runs",
        "failures.stage",
        ReasonCode::WrongValue,
        || {
            transactions(|transaction| {
                let order = transaction["execution_order"].as_array_mut();
                for stage in order.into_iter().flatten().filter(|stage| stage["status"] == "failed") {
                    stage["status"] = json!("running");
                }
            })
        },
    )
}
