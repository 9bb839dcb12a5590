//! A retry does not name the new transaction.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.retry-without-new",
        "a retry does not name the new transaction",
        "commands.retry",
        ReasonCode::Missing,
        || {
            edit::edit_message("command_result", |result| {
                result.as_object_mut().map(|fields| fields.remove("new_transaction_id"));
            })
        },
    )
}
