//! A retry keeps the old transaction.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.retry-same-transaction",
        "a retry keeps the old transaction",
        "commands.retry",
        ReasonCode::Duplicate,
        || {
            edit::edit_message("command_result", |result| {
                if result["action"] == "retry" {
                    result["new_transaction_id"] = result["transaction_id"].clone();
                }
            })
        },
    )
}
