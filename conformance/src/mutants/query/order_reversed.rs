//! Execution_order has the stages in another order.

use serde_json::Value;

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "query.order-reversed",
        "execution_order has the stages in another order",
        "query.execution-order",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("progress_update", |message| {
                if let Some(order) = message.get_mut("execution_order").and_then(Value::as_array_mut) {
                    order.reverse();
                }
            })
        },
    )
}
