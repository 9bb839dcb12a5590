//! Execution_order lists only what has begun.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "events.order-grows",
        "execution_order lists only what has begun",
        "events.whole-order",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("progress_update", |update| {
                if let Some(order) = update["execution_order"].as_array_mut() {
                    order.retain(|stage| stage["status"] != "pending");
                }
            })
        },
    )
}
