//! Execution_order is a list of names.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.order-as-names",
        "execution_order is a list of names",
        "query.execution-order",
        ReasonCode::Missing,
        || {
            edit::edit_message("progress_update", |message| {
                message["execution_order"] = json!(["nlp", "data", "viz"]);
            })
        },
    )
}
