//! A stage has a state of its own.

use serde_json::json;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.stage-state-own",
        "a stage has a state of its own",
        "query.execution-order",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("progress_update", |message| {
                if let Some(status) = message.pointer_mut("/execution_order/2/status") {
                    *status = json!("waiting");
                }
            })
        },
    )
}
