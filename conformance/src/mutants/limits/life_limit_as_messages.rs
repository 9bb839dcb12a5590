//! The error speaks of another limit.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.life-limit-as-messages",
        "the error about signs of life has the limit of messages",
        "limits.life-limit",
        ReasonCode::WrongValue,
        || {
            edit::edit_message("error", |error| {
                if error.pointer("/details/limit").is_some() {
                    error["details"]["limit"] = 100.into();
                }
            })
        },
    )
}
