//! A foreign transaction is told apart.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "security.foreign-transaction-told-apart",
        "A foreign transaction is told apart",
        "security.transaction-foreign",
        ReasonCode::Leak,
        || {
            let mut told = false;
            edit::edit_message("error", move |error| {
                if !told {
                    error["message"] = "the transaction is another session's".into();
                }
                told = true;
            })
        },
    )
}
