//! A failed transaction is completed.

use serde_json::json;

use super::transactions;
use crate::checks::ReasonCode;
use crate::mutants::Mutant;

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "failures.failed-as-completed",
        "a failed transaction is completed",
        "failures.polled",
        ReasonCode::WrongValue,
        || transactions(|transaction| transaction["status"] = json!("completed")),
    )
}
