//! retry_after is text.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "limits.retry-as-text",
        "retry_after is a text",
        "limits.rate-details",
        ReasonCode::WrongType,
        || {
            edit::edit_message("error", |error| {
                if let Some(seconds) = error.pointer("/details/retry_after").cloned() {
                    error["details"]["retry_after"] = format!("{seconds}s").into();
                }
            })
        },
    )
}
