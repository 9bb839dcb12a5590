//! The execution order does not know that a stage has begun.

use serde_json::{Value, json};

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.order-behind",
        "the execution order does not know that a stage has begun",
        "query.current-running",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("progress_update", |message| {
                let current = message["current_agent"].clone();
                if let Some(order) = message.get_mut("execution_order").and_then(Value::as_array_mut) {
                    for stage in order.iter_mut().filter(|stage| stage["agent"] == current) {
                        stage["status"] = json!("pending");
                    }
                }
            })
        },
    )
}
