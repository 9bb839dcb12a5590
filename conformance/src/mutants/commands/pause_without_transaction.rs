//! The answer to a command lacks its transaction.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "commands.pause-without-transaction",
        "the answer to a command lacks its transaction",
        "commands.pause",
        ReasonCode::Missing,
        || {
            edit::edit_message("command_result", |result| {
                result.as_object_mut().map(|fields| fields.remove("transaction_id"));
            })
        },
    )
}
