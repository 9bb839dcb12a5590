//! A slow consumer is closed as after an internal error.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "loss.slow-as-error",
        "a slow consumer is closed as after an internal error",
        "loss.slow-consumer",
        ReasonCode::WrongCloseCode,
        || {
            edit::edit_close(|code, reason| {
                if reason == "Slow consumer" {
                    (1011, "Internal error".to_owned())
                } else {
                    (code, reason.to_owned())
                }
            })
        },
    )
}
